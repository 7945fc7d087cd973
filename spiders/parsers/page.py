"""A municipality's own list and detail pages into notices, as its TOML file describes them.

No two towns' pages are alike, so what a page looks like stands in configuration, not in code:

    id = "by-udbud"
    kind = "page"
    publisher = "Eksempel Kommune"
    url = "https://by.example/udbud"            # the first list page

    [selectors]
    kind = "tender"                             # tender (the default), or planned: nothing can be tendered for yet
    buyer = "Eksempel Kommune"                  # who buys where a page names nobody; else `publisher`
    buyer_id = "12345678"                       # its CVR number
    cancelled_text = ["annulleret", "aflyst"]   # words in the field `status` or in the title that mean: withdrawn

    [selectors.list]
    landmark = "main#udbud"                     # must be on the page, or it is not the page: an alarm
    row = "article.udbud"                       # one per tender
    link = "h2 a"                               # inside the row, to the detail page; may be left out without [selectors.detail]
    next = "a[rel=next]"                        # to the next list page; left out where there is one page only
    empty_text = ["Der er ingen aktuelle udbud"]  # the site's own words for "no tenders": without rows, one of them
    container = "ul.udbud"                      # … or this element, present and without a child, must prove it empty

    [selectors.list.fields]                     # read inside the row
    title = "h2"                                # else the link's words
    case = { css = "p.sag", after = "Sagsnr." } # the notice's key; else path and query of the link
    deadline = "time"

    [selectors.detail]                          # left out: everything is in the rows
    landmark = "article.udbud"                  # must be on the page; fields are read inside it
    lot = "section.delaftale"                   # repeated lots; left out: the page is its own single lot "1"

    [selectors.detail.fields]                   # read inside the landmark, but not inside lots; come before the row's
    title = "h1"
    description = "div.beskrivelse"
    deadline = { label = ["Tilbudsfrist", "Frist for tilbud"] }
    value = { label = "Anslået værdi" }
    documents_url = { css = "a.materiale" }

    [selectors.detail.lot_fields]               # read inside each lot
    lot_id = { css = "h3", pattern = 'Delaftale (\\d+)' }
    title = "h3 .navn"
    cpv = { label = "CPV" }

A field is read in one of four ways:
    "h2 a"  or  { css = "h2 a" }     the text of the first element; for …_url its href;
                                     `attr = "datetime"` reads that attribute instead
    { label = "Frist" }              the value that stands with a label, whatever its case, with or without colon:
                                     <dt>Frist</dt><dd>…</dd>, a table row whose first cell is the label, or
                                     "Frist: …" at the start of a line of prose (<p><strong>Frist:</strong> …</p>).
                                     A list of labels: any of them
    { column = "Frist" }             in a row (or lot) that is a <tr>: the cell under that heading
    { const = "DK011" }              the same for every notice of this source
With css, label and column: `after = "Sagsnr."` keeps what follows these words; `pattern = '(\\d+)'` keeps the
first group of a regular expression. A label or column found twice with different values is not read, but flagged;
of the fields marked + below all values are kept, one a line.

Fields of the notice:
    title, description+, case, status, buyer, buyer_id, published (a day), procedure_id, publication_number,
    procedure_type (as the page words it)
Fields of the lot (on the page itself they hold for its single lot; * marks those that repeated lots inherit):
    lot_id, title, description+, nature* (Tjenesteydelser, Varer, Bygge og anlæg), cpv* ("90910000-9 Rengøring":
    the first is the main one, the others additional), value (parse_money: without VAT, or unknown), nuts* (codes),
    place* (words), duration* ("2 år", "24 måneder", "2 år + 1 års option"), start*, end* (days),
    deadline*, participation_deadline*, questions_deadline* (Copenhagen's time where no offset is given),
    reserved* ("Ja, efter udbudslovens § 54", "§ 190", "Nej"), reserved_execution* (Ja, Nej), options+ (in words),
    terms+ (performance terms, where social clauses stand), criteria+ (selection criteria, one a line),
    additional_information+, documents_url*, submission_url*
A single lot has the notice's title and description. With repeated lots, `value` on the page is the notice's.

What cannot be read for sure is left unknown, with a sentence in the notice's `flags`; nothing is guessed.
"""
