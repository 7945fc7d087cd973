"""The public site as values and as text: what stands on a page, and the page itself. Pure; publish.py writes it.

    reader.py       who a page is for (language, names of trades and sources), and scraped text made fit for the public
    facts.py        the table of facts of a lot
    lotpage.py      all that a lot's page says
    lists.py        rows of lots, agreements and sources; which of them stand on the front page
    feed.py         entries of the Atom feed
    rendering.py    the values through templates/site into HTML and XML; addresses of pages
    fingerprints.py what a page says of an item, in a hash

Only what a source published and our guiding mark reaches these pages. A page names dates and never counts days from
today, so that a lot of which nothing new is known keeps the same file.
"""
