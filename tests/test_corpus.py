"""Every notice of the corpus through every way in: no remark unexplained, every fact as a second reading has it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.independent import differences, lots
from tests.programs import replay
from tests.shared import needs_shared
from tests.spiders.crawling import Heard, page_source, run_crawl

pytestmark = needs_shared
Reading = tuple[dict[str, Heard], dict[str, bytes]]
LOTS, WINNERS = 424, 82

# Why a remark stands on notices that are read in this way, and on how many. A remark that is not here, a row that
# nothing needs any more and another number all fail. Words in quotes and names of lots are left out of a remark.
EXPLAINED: dict[str, dict[str, tuple[int, str]]] = {
    "ted": {},
    "udbud": {},
    # The replay's details are paragraphs without a label and its forms are TED's words: nothing is made up out of them.
    "udbud alone": {
        "No lot (BT-137) could be found in the rendering; one stands here for the whole notice.": (
            153,
            "paragraphs without labels name no lot",
        ),
        "The summary counts … lots; 1 could be read from the rendering.": (76, "the same, where there are several"),
        "The form type (BT-03) is not known; the notice is taken for a planning: “…”.": (
            110,
            "the replay says TED's type of document, “Contract notice”; udbud.dk says BT-03",
        ),
        "The notice has no buyer (BT-500).": (2, "registrations of a business, which have none"),
    },
    # Examples of the eForms SDK that were left half empty on purpose; one has its faults where nothing is read.
    "ted, notices that break the rules": {
        "The notice has no notice identifier (BT-701).": (8, "its first stages leave out what comes later"),
        "The notice has no title (BT-21).": (8, "likewise"),
        "The notice has no buyer (BT-500).": (8, "likewise"),
        "The notice says nothing where eForms SDK 1.3 to 1.16 (OPT-002) is read: fields may have moved.": (
            7,
            "likewise",
        ),
        "The notice's language (BT-702) is not known.": (5, "likewise"),
        "Lot number 1 has no identifier (BT-137); its number stands for it.": (4, "likewise"),
        "The notice has no procedure identifier (BT-04).": (4, "likewise"),
        "The notice has no lot (BT-137).": (3, "likewise"),
        "Lot …: it has no title (BT-21).": (3, "likewise"),
        "Lot …: it has no main CPV code (BT-262).": (3, "likewise"),
        "Part …: it has no title (BT-21).": (1, "likewise"),
        "Part …: it has no main CPV code (BT-262).": (1, "likewise"),
        "Lot …: the address of the documents (BT-15, BT-615) is no address of the web: “…”.": (
            1,
            "it says “invalid url”",
        ),
    },
}


@pytest.fixture(scope="module")
def read() -> Iterator[Reading]:
    """What each way of reading heard, and the XML of each notice by its key."""
    with replay() as server:

        def crawled(kind: str, url: str = server.url, **more: Any) -> Heard:
            wanted = {"kind": kind, "selectors": {}, "concurrency": 8, "deadline_s": 60.0, **more}
            return run_crawl([page_source(kind, url, **wanted)]).heard[kind]

        heard = {
            "ted": crawled("ted"),
            "udbud": crawled("udbud", filter={"ted": server.url}),
            "udbud alone": crawled("udbud", filter={"ted": ""}),
        }
        xml = {notice["key"]: server.xml(notice["key"]) for notice in heard["ted"].notices}
        with replay("corpus-invalid") as broken:
            heard["ted, notices that break the rules"] = crawled("ted", broken.url)
        yield heard, xml


@pytest.mark.parametrize("way", EXPLAINED)
def test_no_remark_is_left_unexplained(read: Reading, way: str) -> None:
    heard = read[0][way]
    assert (heard.problems, heard.finished, heard.coverage["unread"]) == ([], [["good", ""]], {})
    assert len(heard.notices) == (10 if "break" in way else 229)
    seen: dict[str, int] = {}
    for notice in heard.notices:
        for remark in {_without_names(flag) for flag in notice["flags"]}:
            seen[remark] = seen.get(remark, 0) + 1
    assert seen == {remark: number for remark, (number, _) in EXPLAINED[way].items()}


def _without_names(flag: str) -> str:
    flag = re.sub(r"“[^”]*”", "“…”", flag)
    return re.sub(r"counts \d+ lots", "counts … lots", re.sub(r"^(Lot|Part) [^ ]+:", r"\1 …:", flag))


@pytest.mark.parametrize("way", ["ted", "udbud"])
def test_every_fact_is_as_the_second_reading_has_it(read: Reading, way: str) -> None:
    heard, xml = read
    found = heard[way].notices
    assert [said for notice in found for said in differences(notice, xml[notice["publication_number"]])] == []


def test_the_second_reading_sees_what_it_is_there_to_check(read: Reading) -> None:
    found = [lot for body in read[1].values() for lot in lots(body)]
    assert (len(found), sum(len(lot["awards"]) for lot in found)) == (LOTS, WINNERS)
    assert {code for lot in found for code in lot["reserved"]} == {"res-ws", "res-pub-ser", "res-program"}
    assert {lot["reserved_execution"] for lot in found} == {"yes", "no", None}
    assert len({lot["value"][1] for lot in found if lot["value"]}) > 3, "currencies"
    assert {"+01:00", "+02:00", ""} < {lot["deadline"][19:] for lot in found if lot["deadline"]}
    for fact in ("framework_maximum", "interest_deadline", "questions_deadline", "start", "end", "renewals"):
        assert any(lot[fact] for lot in found), fact
    assert any(len(lot["awards"]) > 1 for lot in found), "lots with several winners"
    assert any(winner[2] and winner[3] for lot in found for winner in lot["awards"]), "their values and days"
