"""The sections of the site: each says which files it has. Pure; `publish.py` puts them into a folder, in this order.

    lots.py         a page for each lot, and those that lead from an old name to the new one
    tenders.py      all lots of a tender, where they are many
    agreements.py   agreements
    trades.py       a page for each trade, and the list of them
    weeks.py        what was new in each week
    report.py       the effects report, quarter by quarter
    opendata.py     open data, and what stands in them
    search.py       what the search in the browser needs
    lists.py        every open and planned lot
    feeds.py        feeds
    calendars.py    deadlines and ends of agreements as calendars
    follow.py       every feed and calendar, and how to use them
    about.py        about the site, the accessibility statement
    front.py        the front page, and the style sheet
    sitemap.py      for search engines: the addresses of all pages

Pages come before the lists and feeds that lead to them, so that no reader is sent to a page that is not there.
"""

from notifier.site.sections import (
    about,
    agreements,
    calendars,
    feeds,
    follow,
    front,
    lists,
    lots,
    opendata,
    report,
    search,
    sitemap,
    tenders,
    trades,
    weeks,
)
from notifier.site.sections.section import Section

SECTIONS: tuple[Section, ...] = (
    lots.SECTION,
    tenders.SECTION,
    agreements.SECTION,
    trades.SECTION,
    weeks.SECTION,
    report.SECTION,
    opendata.SNAPSHOTS,
    opendata.SECTION,
    search.SECTION,
    lists.SECTION,
    feeds.SECTION,
    calendars.SECTION,
    follow.SECTION,
    about.SECTION,
    front.SECTION,
    sitemap.SECTION,
)
