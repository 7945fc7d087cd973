"""What redesigns do to pages: each kind of mutation, drawn from a seed, on the saved pages of a site.

They work on whatever HTML they are given and know nothing of the selectors: as a town's web editors do not.
A mutation answers whether it did anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from urllib.parse import urljoin

from bs4 import BeautifulSoup, Tag
from bs4.element import AttributeValueList


@dataclass
class Site:
    """Saved pages as trees: lists, and the pages behind them, by address."""

    lists: dict[str, BeautifulSoup]
    details: dict[str, BeautifulSoup]
    cut: dict[str, str]  # pages that are no tree any more, as they are sent

    @classmethod
    def of(cls, pages: dict[str, str], start: str) -> Site:
        """The pages of a site: those that share the first one's path are lists."""
        path = start.partition("?")[0]
        trees = {url: BeautifulSoup(html, "lxml") for url, html in pages.items()}
        lists = {url: tree for url, tree in trees.items() if url.partition("?")[0] == path}
        return cls(lists, {url: tree for url, tree in trees.items() if url not in lists}, {})

    def html(self) -> dict[str, str]:
        """Address -> HTML, as a server would send it."""
        return {url: str(tree) for url, tree in {**self.lists, **self.details}.items()} | self.cut

    @property
    def templates(self) -> list[dict[str, BeautifulSoup]]:
        """The kinds of pages that the site has: pages of one kind share a template, and change together."""
        return [pages for pages in (self.lists, self.details) if pages]


Mutation = Callable[[Site, Random], bool]


def _content(tree: BeautifulSoup) -> Tag:
    """What the page is about, without its frame."""
    found = tree.select_one("main, #main, .side-indhold")
    return found or tree.body or tree


def _template(site: Site, chance: Random) -> list[Tag]:
    return [_content(tree) for tree in chance.choice(site.templates).values()]


def _inside(content: Tag) -> list[Tag]:
    return [content, *content.find_all(True)]


def _classes(tag: Tag) -> list[str]:
    return [name for name in tag.get_attribute_list("class") if name]


def _be_of_class(tag: Tag, names: list[str]) -> None:
    tag["class"] = AttributeValueList(names)


def _pick(values: set[str], chance: Random) -> str:
    return chance.choice(sorted(values)) if values else ""


# -- names of elements -------------------------------------------------------------------------------------------------


def renamed_class(site: Site, chance: Random) -> bool:
    """A class is called something else throughout a template."""
    contents = _template(site, chance)
    name = _pick(
        {name for content in contents for tag in _inside(content) for name in _classes(tag)},
        chance,
    )
    new = chance.choice((f"c-{name}", f"{name}__ny", f"{name}-v2", "field", "component"))
    for tag in [tag for content in contents for tag in _inside(content)]:
        if name and name in _classes(tag):
            _be_of_class(tag, [new if one == name else one for one in _classes(tag)])
    return bool(name)


_ELEMENTS = {
    "article": ("div", "li", "section"),
    "section": ("div", "article"),
    "h1": ("h2", "div"),
    "h2": ("h3", "div", "span"),
    "h3": ("h4", "strong"),
    "p": ("div", "span"),
    "dl": ("div", "ul"),
    "dt": ("div", "span"),
    "dd": ("div", "span"),
    "li": ("div", "article"),
    "ul": ("div", "ol"),
    "main": ("div", "section"),
    "time": ("span",),
    "span": ("div", "em"),
    "td": ("th",),
    "tr": ("div",),
    "table": ("div",),
    "tbody": ("div",),
    "strong": ("b", "span"),
    "div": ("section", "p"),
}


def changed_element(site: Site, chance: Random) -> bool:
    """An element is another throughout a template: <article> becomes <div>, <dl> becomes <ul>."""
    contents = _template(site, chance)
    name = _pick({tag.name for content in contents for tag in _inside(content)} & _ELEMENTS.keys(), chance)
    new = chance.choice(_ELEMENTS[name]) if name else ""
    for tag in [tag for content in contents for tag in _inside(content) if tag.name == name]:
        tag.name = new
    return bool(name)


def moved_list(site: Site, chance: Random) -> bool:
    """The content stands in another element, elsewhere on the page, with or without its old container left behind."""
    done = False
    for tree in chance.choice(site.templates).values():
        content = _content(tree)
        if tree.body is None or content is tree.body:
            continue
        moved = tree.new_tag("div", attrs={"class": "content-area", "id": "app-content"})
        for child in list(content.children):
            moved.append(child.extract())
        (tree.body.find("footer") or tree.body.contents[-1]).insert_before(moved)
        if len(str(tree)) % 2:  # the same for a page each time, and both in every site
            content.decompose()
        done = True
    return done


# -- values ------------------------------------------------------------------------------------------------------------


def _label_of(tag: Tag) -> str:
    return " ".join(tag.get_text(" ").split()).rstrip(":")


def _labels(contents: list[Tag]) -> list[Tag]:
    return [tag for content in contents for tag in content.select("dt, th, strong") if _label_of(tag)]


def _usual(labels: list[Tag], chance: Random) -> str:
    """A label that the template itself has: of those on more than one page or row, or any where there is one page."""
    names = [_label_of(tag) for tag in labels]
    return _pick({name for name in names if names.count(name) >= min(2, len(set(map(id, labels))))}, chance) or _pick(
        set(names), chance
    )


def lost_field(site: Site, chance: Random) -> bool:
    """A value is shown no longer: its label and itself, its column, or an element of the template."""
    contents = _template(site, chance)
    if _labels(contents) and chance.random() < 0.7:
        return _without_label(contents, _usual(_labels(contents), chance))
    classes = {
        ".".join([tag.name, *tag.get_attribute_list("class")])
        for content in contents
        for tag in content.find_all(["p", "div", "span", "time", "a", "h2", "h3"], class_=True)
        if len(tag.get_text(strip=True)) < 200
    }
    selector = _pick(classes, chance)
    for content in contents:
        for tag in content.select(selector) if selector else ():
            tag.decompose()
    return bool(selector)


def _without_label(contents: list[Tag], name: str) -> bool:
    for content in contents:
        for tag in content.select("dt, th, strong"):
            if tag.decomposed or _label_of(tag) != name:
                continue
            if tag.name == "th":
                _without_column(tag)
            elif tag.name == "dt":
                value = tag.find_next_sibling("dd")
                tag.decompose()
                if value:
                    value.decompose()
            elif tag.parent is not None:
                tag.parent.decompose()
    return bool(name)


def _without_column(head: Tag) -> None:
    table, row = head.find_parent("table"), head.find_parent("tr")
    if table is None or row is None:
        return
    at = row.find_all(["th", "td"], recursive=False).index(head)
    for line in table.find_all("tr"):
        cells = line.find_all(["th", "td"], recursive=False)
        if at < len(cells):
            cells[at].decompose()


_OTHER_WORDS = {
    "Sagsnr.": ("Sagsnummer", "Journalnr.", "ID"),
    "Tilbudsfrist": ("Frist for afgivelse af tilbud", "Deadline", "Afleveres"),
    "Frist for spørgsmål": ("Spørgefrist", "Spørgsmål stilles inden"),
    "Anslået værdi": ("Kontraktsum", "Økonomi"),
    "Varighed": ("Kontraktlængde", "Løber i"),
    "Sted": ("Udførelsessted", "Lokation"),
    "CPV-kode": ("Klassifikation", "Kode"),
    "Forbeholdt": ("Reservation", "Kun for"),
    "Værdi": ("Beløb", "Sum i alt"),
    "Sag": ("Reference", "Journal"),
    "Opgave": ("Hvad", "Emne for opgaven"),
    "Annonceret": ("Lagt op", "Dato"),
    "Frist": ("Senest", "Afleveres"),
    "Ordregiver": ("Hvem", "Enhed"),
    "Noter": ("Kommentar", "Andet"),
    "Aftalenr.": ("Løbenr.", "Ref."),
    "Aftaleområde": ("Hvad køber vi", "Kategori"),
    "Leverandør": ("Hvem leverer", "Partner"),
    "Gyldig fra": ("I kraft", "Begyndt"),
    "Udløb": ("Varer indtil", "Sidste dag"),
    "Option": ("Kan gøres længere", "Tillæg"),
    "Kontakt": ("Spørg her", "Hos os"),
    "Name": ("Assignment", "What"),
    "Response deadline": ("Answer by", "Closes"),
    "Process": ("Type", "Kind"),
    "Buyers": ("Who", "Unit"),
    "Date of publication": ("Online since", "Added"),
    "Titel": ("Emne", "Opgave"),
    "Frist:": ("Senest:", "Slut:"),
}


def changed_label(site: Site, chance: Random) -> bool:
    """A label says the same in other words."""
    contents = _template(site, chance)
    name = _usual([tag for tag in _labels(contents) if tag.name != "th"], chance)
    return _relabel(contents, name, chance, "dt, strong")


def renamed_heading(site: Site, chance: Random) -> bool:
    """A column has another heading."""
    contents = _template(site, chance)
    name = _usual([tag for tag in _labels(contents) if tag.name == "th"], chance)
    return _relabel(contents, name, chance, "th")


def _relabel(contents: list[Tag], name: str, chance: Random, selector: str) -> bool:
    new = chance.choice(_OTHER_WORDS.get(name, ("Oplysning", "Detalje")))
    for content in contents:
        for tag in content.select(selector) if name else ():
            if _label_of(tag) == name:
                tag.string = new + (":" if tag.get_text().rstrip().endswith(":") else "")
    return bool(name)


_ENGLISH = {
    "januar": "January",
    "februar": "February",
    "marts": "March",
    "maj": "May",
    "juni": "June",
    "juli": "July",
    "oktober": "October",
    "Sagsnr.": "Case no.",
    "Tilbudsfrist": "Tender deadline",
    "Frist for spørgsmål": "Deadline for questions",
    "Anslået værdi": "Estimated value",
    "Varighed": "Duration",
    "Sted": "Place",
    "CPV-kode": "CPV code",
    "Forbeholdt": "Reserved",
    "Værdi": "Value",
    "Sag": "Case",
    "Opgave": "Task",
    "Annonceret": "Announced",
    "Frist": "Deadline",
    "Ordregiver": "Buyer",
    "Noter": "Notes",
    "Aftalenr.": "Agreement no.",
    "Aftaleområde": "Area",
    "Leverandør": "Supplier",
    "Gyldig fra": "Valid from",
    "Udløb": "Expires",
    "Option": "Extension",
    "Kontakt": "Contact",
    "Bemærkninger": "Remarks",
    "Aktuelle udbud": "Current tenders",
    "Her kan du se kommunens udbud.": "Here you can see the tenders.",
    "Næste": "Next",
    "Del siden": "Share",
    "Titel": "Title",
    "Delaftale": "Lot",
    "Name": "Navn",
    "Response deadline": "Svarfrist",
    "Process": "Proces",
    "Buyers": "Købere",
    "Date of publication": "Publiceringsdato",
    "Open procedure": "Offentligt udbud",
    "Nej": "No",
    "kl.": "at",
}
_DANISH = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in sorted(_ENGLISH, key=len, reverse=True)))


def other_language(site: Site, chance: Random) -> bool:
    """The site's own words are in another language; what editors wrote stays. With or without saying so in lang."""
    told = chance.random() < 0.7
    for tree in [*site.lists.values(), *site.details.values()]:
        if told and tree.html:
            tree.html["lang"] = "en"
        for piece in list(_content(tree).find_all(string=_DANISH)):
            piece.replace_with(_DANISH.sub(lambda match: _ENGLISH[match[0]], str(piece)))
    return True


_MONTHS = "januar februar marts april maj juni juli august september oktober november december".split()
_DATE = re.compile(rf"(\d{{1,2}})\. ({'|'.join(_MONTHS)}) (\d{{4}})")


def other_dates(site: Site, chance: Random) -> bool:
    """Days are written in another way: some of these can be read, some not, some only wrongly."""
    style = chance.choice(
        (
            "{d}/{m}-{yy}",
            "{m:02}/{d:02}/{y}",
            "{y}{m:02}{d:02}",
            "uge {w}",
            "{d}. {n}",
            "{y}-{m:02}-{d:02}",
            "om {d} dage",
        )
    )

    def written(match: re.Match[str]) -> str:
        day, name, year = int(match[1]), match[2], int(match[3])
        month = _MONTHS.index(name) + 1
        return style.format(d=day, m=month, y=year, yy=year % 100, n=name, w=month * 4 + day // 8)

    done = False
    for content in _template(site, chance):
        for piece in list(content.find_all(string=_DATE)):
            piece.replace_with(_DATE.sub(written, str(piece)))
            done = True
    return done


def _value_of(label: Tag) -> str:
    value = label.find_next_sibling("dd") if label.name == "dt" else label.next_sibling
    return value.get_text() if value is not None else ""


def into_prose(site: Site, chance: Random) -> bool:
    """What stood with labels is told in sentences."""
    done = False
    contents = _template(site, chance)
    how = chance.choice(("{} er {}. ", "{} {}, ", "({}) {} "))
    for content in contents:
        for block in content.select("dl, .oplysninger"):
            pairs = [(_label_of(label), _value_of(label)) for label in block.select("dt, strong")]
            block.clear()
            block.name = "p"
            block.string = "".join(how.format(label, value.strip()) for label, value in pairs)
            done = True
    return done


# -- order and repetition ----------------------------------------------------------------------------------------------


def swapped_columns(site: Site, chance: Random) -> bool:
    """Two columns, two labels or two elements change places: with what names them, or without."""
    contents = _template(site, chance)
    tables = [table for content in contents for table in content.find_all("table")]
    if tables:
        width = min(len(row.find_all(["th", "td"], recursive=False)) for table in tables if (row := table.find("tr")))
        one, other = chance.sample(range(width), 2) if width > 1 else (0, 0)
        with_heads = chance.random() < 0.5
        for table in tables:
            for row in table.find_all("tr"):
                cells = row.find_all(["th", "td"], recursive=False)
                if len(cells) > max(one, other) and (with_heads or cells[0].name == "td"):
                    _exchange(cells[one], cells[other])
        return one != other
    if any(content.select_one("dt, strong") for content in contents):
        first, second = _usual(_labels(contents), chance), _usual(_labels(contents), chance)
        for tag in [tag for tag in _labels(contents) if _label_of(tag) in (first, second)]:
            end = ":" if tag.get_text().rstrip().endswith(":") else ""
            tag.string = (second if _label_of(tag) == first else first) + end
        return first != second
    names = sorted({name for content in contents for tag in content.find_all(class_=True) for name in tag["class"]})
    if len(names) < 2:
        return False
    a, b = chance.sample(names, 2)
    for tag in [tag for content in contents for tag in content.find_all(class_=True)]:
        _be_of_class(tag, [{a: b, b: a}.get(name, name) for name in _classes(tag)])
    return True


def _exchange(one: Tag, other: Tag) -> None:
    mark = BeautifulSoup("<i></i>", "lxml").i
    assert mark is not None
    one.replace_with(mark)
    other.replace_with(one)
    mark.replace_with(other)


def _rows(content: Tag) -> list[Tag]:
    """The repeated elements with links or cells that make up the list."""
    groups: dict[tuple[str, str, int], list[Tag]] = {}
    for tag in content.find_all(["article", "li", "tr"]):
        if tag.find(["a", "td"]) and not tag.find("th"):
            groups.setdefault(
                (tag.name, " ".join(tag.get_attribute_list("class") if tag.get("class") else ()), id(tag.parent)), []
            ).append(tag)
    return max(groups.values(), key=len, default=[])


def wrapped_rows(site: Site, chance: Random) -> bool:
    """Rows are wrapped: two in one, each in a new element, or what was a row becomes part of one."""
    how, done = chance.choice((_paired, _around, _within, _unfolded)), False
    for tree in site.lists.values():
        rows = _rows(_content(tree))
        for at, row in enumerate(rows):
            how(tree, rows, at, row)
            done = True
    return done


def _paired(_tree: BeautifulSoup, rows: list[Tag], at: int, row: Tag) -> None:
    if at % 2:
        rows[at - 1].append(row.extract())
        if row.name != "tr":
            row.name = "div"
            _be_of_class(row, ["second"])


def _around(tree: BeautifulSoup, rows: list[Tag], at: int, row: Tag) -> None:
    if row.name == "tr":
        _within(tree, rows, at, row)
    else:
        row.wrap(tree.new_tag("div", attrs={"class": "card"}))


def _within(tree: BeautifulSoup, _rows: list[Tag], _at: int, row: Tag) -> None:
    for cell in row.find_all("td", recursive=False) or [row]:
        _move(cell, tree.new_tag("div", attrs={"class": "inner"}))


def _unfolded(tree: BeautifulSoup, _rows: list[Tag], _at: int, row: Tag) -> None:
    shut = tree.new_tag("details")
    shut.append(tree.new_tag("summary", string="Vis"))
    _move(row, shut)


def _move(cell: Tag, inner: Tag) -> None:
    for child in list(cell.children):
        inner.append(child.extract())
    cell.append(inner)


def other_things(site: Site, chance: Random) -> bool:
    """News and pages of information stand in the list as if they were tenders."""
    done = False
    for url, tree in list(site.lists.items()):
        rows = _rows(_content(tree))
        for at in range(chance.randint(2, 5) if rows else 0):
            more = BeautifulSoup(str(rows[0]), "lxml").find(rows[0].name)
            assert more is not None
            for piece in list(more.find_all(string=True)):
                if piece.strip():
                    words = chance.choice(("Nyt fra rådhuset", "Læs om udbud", "Sådan byder du", "Nyhedsbrev"))
                    piece.replace_with(f"{words} {at + 1}")
            for link in more.find_all("a"):
                link["href"] = urljoin(url, f"/nyheder/{at}")
            rows[-1].insert_after(more)
            done = True
    return done


def new_addresses(site: Site, chance: Random) -> bool:
    """The pages have moved to other addresses, and the links say so."""
    found = {
        url: url.replace("by.example/", f"by.example/{chance.choice(('node', 'erhverv', 'da'))}/")
        for url in site.details
    }
    for url, tree in site.lists.items():
        for link in tree.find_all("a", href=True):
            target = urljoin(url, str(link["href"]))
            if target in found or re.search(r"/\d+$|PID=|Id=", target):
                link["href"] = found.get(target, target.replace("by.example/", "by.example/ny/"))
    site.details = {found[url]: tree for url, tree in site.details.items()}
    return True


def no_paging(site: Site, chance: Random) -> bool:
    """The way to the next page is a button that a script listens to, or has another class."""
    done = False
    for tree in site.lists.values():
        for link in tree.find_all("a", string=re.compile("Næste|Next")):
            done = True
            if chance.random() < 0.5:
                _be_of_class(link, ["pager__link"])
            else:
                link.name = "button"
                link.attrs.clear()
                _be_of_class(link, ["mere"])
                link.string = "Vis flere"
    return done


def half_new(site: Site, chance: Random) -> bool:
    """Half of the rows or pages are in the new template already."""
    rows = [row for tree in site.lists.values() for row in _rows(_content(tree))]
    parts = rows if chance.random() < 0.5 or not site.details else [_content(tree) for tree in site.details.values()]
    names = {name for part in parts for tag in _inside(part) for name in _classes(tag)}
    name = _pick(names, chance)
    for part in parts[::2] if name else ():
        for tag in _inside(part):
            if name in _classes(tag):
                _be_of_class(tag, [f"{name}-ny" if one == name else one for one in _classes(tag)])
    return bool(name)


# -- something else in its place ---------------------------------------------------------------------------------------


def script_only(site: Site, chance: Random) -> bool:
    """The list is filled by a script: its rows are JSON, and its element is empty, or says what it says before."""
    how = chance.choice(("empty", "loading", "none", "gone"))
    done = False
    for tree in site.lists.values():
        rows = _rows(_content(tree))
        if not rows:
            continue
        done = True
        holder = rows[0].find_parent("table") or rows[0].parent
        assert holder is not None
        data = json.dumps([" ".join(row.get_text(" ").split()) for row in rows], ensure_ascii=False)
        script = tree.new_tag("script", attrs={"type": "application/json"})
        script.string = data
        (tree.body or tree).append(script)
        holder.clear()
        if how == "loading":
            holder.append(tree.new_tag("p", string="Indlæser …"))
        elif how == "none":
            holder.insert_after(
                tree.new_tag("p", string="Der er ingen aktuelle udbud. Ingen aftaler. No tenders found.")
            )
        elif how == "gone":
            holder.replace_with(tree.new_tag("div", attrs={"id": "app"}))
    return done


_WALLS = (
    (
        "Log ind",
        '<h1>Log ind</h1><form action="/login"><label>Bruger <input name="u"></label><input type="password"></form>',
    ),
    ("Vedligeholdelse", "<h1>Siden er under vedligeholdelse</h1><p>Prøv igen senere.</p>"),
    ("Samtykke", "<h1>Vi bruger cookies</h1><p>Vælg, hvad vi må gemme.</p><button>Accepter alle</button>"),
    ("Just a moment...", '<h1>by.example</h1><p>Verify you are human</p><div class="h-captcha"></div>'),
    ("Fejl", "<h1>Der opstod en fejl</h1><p>Siden kunne ikke vises.</p>"),
    ("Eksempel Kommune", "<h1>Velkommen</h1><p>Kommunens forside.</p><ul><li><a href='/borger'>Borger</a></li></ul>"),
)


def wall(site: Site, chance: Random) -> bool:
    """A login, a notice of maintenance, a cookie wall or the front page, in the site's own frame or bare, under 200."""
    title, body = chance.choice(_WALLS)
    framed = chance.random() < 0.6
    for tree in chance.choice([*site.templates, {**site.lists, **site.details}]).values():
        if tree.title:
            tree.title.string = title
        content = _content(tree)
        if framed:
            content.clear()
            content.append(BeautifulSoup(body, "html.parser"))
        elif tree.body:
            tree.body.clear()
            tree.body.append(BeautifulSoup(body, "html.parser"))
    return True


def cut_page(site: Site, chance: Random) -> bool:
    """A page ends in the middle, and nobody says so."""
    for url, tree in chance.choice(site.templates).items():
        html = str(tree)
        begin = html.find(str(_content(tree))[:40])
        site.cut[url] = html[: chance.randint(max(begin, 0), len(html) - 10)]
    return True


KINDS: dict[str, Mutation] = {
    "renamed class": renamed_class,
    "changed element": changed_element,
    "moved list": moved_list,
    "lost field": lost_field,
    "changed label": changed_label,
    "renamed heading": renamed_heading,
    "other language": other_language,
    "other dates": other_dates,
    "labels into prose": into_prose,
    "swapped columns": swapped_columns,
    "wrapped rows": wrapped_rows,
    "other things in the list": other_things,
    "new addresses": new_addresses,
    "paging by script": no_paging,
    "half in a new template": half_new,
    "script-only list": script_only,
    "login, cookies, maintenance": wall,
    "cut page": cut_page,
}
