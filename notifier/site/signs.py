"""By what a file is known to be one that this program wrote, where nothing else says so. Pure.

Names prove nothing: an operator has an `index.html` as well. So pages say who made them, and feeds, calendars and
packages where they are found, or which program's they are. Pages of earlier versions, which do not, are known by the
lines that all of them had. Style sheets and scripts carry none: each has one name, under which it is written anew, and
is never removed.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

PACKAGE = "procurement-for-social-enterprises"  # the name of the open data's package, which stays
BEGINS = 16_384  # octets of a file in which its sign stands
_PAGE = re.compile(
    rb'<meta name="generator" content="procurement-notifier">'
    rb'|<link rel="icon" href="data:,">\s*<link rel="stylesheet" href="[^"]*style\.css">\s*</head>\s*'
    rb'<body>\s*<a class="skip" href="#indhold">'
)
_FEED = re.compile(rb"<id>tag:[^<]{1,300},2026:(?:da|en)/feed[/<]")
_SITEMAP = re.compile(
    rb'<\?xml version="1\.0" encoding="utf-8"\?>\n<(?:urlset|sitemapindex) xmlns="[^"]*"(?: xmlns:xhtml="[^"]*")?>\n'
    rb"<(?:url|sitemap)><loc>"
)
# Tables of the open data, and what stands beside a snapshot of them.
_RECORDS = re.compile(
    rb'id,[^\n]*,source_licence,|\{"id":[^\n]*,"source_licence":|[^\n]*datapackage\.json\.\n\nhttps?://'
)
_CALENDAR = re.compile(rb"\nPRODID:-//[^\r\n]*//notifier//(?:DA|EN)\r\n")


def signed(path: str, begins: bytes) -> bool:
    """Whether the file of that path, which begins so, is one that this program wrote."""
    match PurePosixPath(path).suffix:
        case ".html":
            return _PAGE.search(begins) is not None
        case ".xml":
            return (_SITEMAP.match(begins) if "sitemap" in path else _FEED.search(begins)) is not None
        case ".ics":
            return _CALENDAR.search(begins.replace(b"\r\n ", b"")) is not None
        case ".json":  # it says where it is found, or what it is called
            own = rf'"(?:feed_url|uri)":\s?"[^"]{{1,300}}/{re.escape(path)}"|"name":"{PACKAGE}"'
            return re.search(own.encode(), begins) is not None
        case ".csv" | ".jsonl" | ".md":
            return _RECORDS.match(begins) is not None
    return False
