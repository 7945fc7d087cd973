"""What a town's enterprises see of the other buyers that the town follows: from buyers.csv to the pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.programs import notifier
from tests.spiders.server import Answer, Answers, serve

pytestmark = pytest.mark.long

SEARCH = "/v3/notices/search"
CALL = (Path(__file__).parents[2] / "pages" / "ted" / "eforms-call" / "page.xml").read_text(encoding="utf-8")
TABLE = """name;cvr;kind
Eksempel Kommune;12345674;administration
Boligselskabet Birken;23456789;housing
Region Eksempel;34567890;region
Fælles Indkøb;45678901;purchasing
"""
# Who buys (CVR), where the first lot is done, and whether a town that follows DK01 shows it.
NOTICES = [
    ("12345674", "Eksempel Kommune", "DK032", True),  # the town's own, wherever it is done
    ("23456789", "Boligselskabet Birken", "DK011", True),
    ("34567890", "Region Eksempel", "DK013", True),
    ("34567890", "Region Eksempel", "DK032", False),  # at the region's other end
    ("45678901", "Fælles Indkøb", "DK", True),  # all over the country is here too
    ("45678901", "Fælles Indkøb", "DK050", False),
    ("45678901", "Fælles Indkøb", "", True),  # nobody knows where
]


def notice(number: int, cvr: str, buyer: str, place: str) -> str:
    """The saved call with one lot, by another buyer, elsewhere, as a procedure of its own."""
    begin, end = CALL.rindex("  <cac:ProcurementProjectLot>"), CALL.rindex("</cac:ProcurementProjectLot>")
    xml = CALL[:begin] + CALL[end + len("</cac:ProcurementProjectLot>") :]
    code = '<cbc:CountrySubentityCode listName="nuts">DK011</cbc:CountrySubentityCode>'
    assert code in xml
    for before, after in (
        (code, code.replace("DK011", place) if place else ""),
        ("Parker &amp; stier", f"Park nummer {number}"),
        ("Rosenlund Kommune", buyer),
        ("DK 11 22 33 44", cvr),
        ("55667788", "99999999"),
        ("00734512-2026", f"0000000{number}-2026"),
        ("6d0c1f52", f"6d0c1f5{number}"),
        ("0b8f6a3e", f"0b8f6a3{number}"),
    ):
        assert before in xml, before
        xml = xml.replace(before, after)
    return xml


def test_readers_see_what_housing_the_region_and_purchasing_bodies_buy_in_the_places_that_are_followed(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "town"
    assert notifier(tmp_path, "init", str(folder)).returncode == 0
    for file in (folder / "sources").glob("*.toml"):
        file.unlink()
    (folder / "buyers.csv").write_text(TABLE, encoding="utf-8")
    settings = folder / "notifier.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + '\n[places]\nnuts = ["DK01"]\n', encoding="utf-8")
    answers: dict[str, Answers] = {}
    with serve(answers) as site:
        hits = []
        for number, (cvr, buyer, place, _) in enumerate(NOTICES, start=1):
            site.answers[f"/xml/{number}"] = notice(number, cvr, buyer, place)
            links = {"xml": {"MUL": f"{site.url}/xml/{number}"}}
            hits.append({"publication-number": f"{number:06}-2026", "links": links})
        body = json.dumps({"notices": hits, "totalNoticeCount": len(hits)})
        site.answers[SEARCH] = Answer(body, headers=(("Content-Type", "application/json"),))
        (folder / "sources" / "ted.toml").write_text(
            f'kind = "ted"\npublisher = "TED"\nurl = "{site.url}"\nallow_private_address = true\ndelay_s = 0\n',
            encoding="utf-8",
        )
        crawled = notifier(folder, "crawl")
        (query,) = [json.loads(asked.body)["query"] for asked in site.asked if asked.path == SEARCH]
    assert crawled.returncode == 0, crawled.stdout + crawled.stderr
    for cvr in ("12345674", "23456789", "34567890", "45678901"):
        assert f" {cvr} " in query.replace("(", "( ")
    for step in ("assess", "publish"):
        done = notifier(folder, step)
        assert done.returncode == 0, done.stdout + done.stderr
    pages = "\n".join(page.read_text(encoding="utf-8") for page in (folder / "var" / "site").rglob("*.html"))
    shown = [f"Park nummer {number}" in pages for number in range(1, len(NOTICES) + 1)]
    assert shown == [followed for _, _, _, followed in NOTICES]
    assert "Boligselskabet Birken" in pages
