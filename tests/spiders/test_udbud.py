"""udbud.dk crawled whole: TED's XML where there is one, else the portal's own detail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.programs import notifier, replay
from tests.shared import needs_shared
from tests.spiders.crawling import Heard, page_source, run_crawl
from tests.spiders.server import Answer, Answers, serve

pytestmark = pytest.mark.long

SEARCH = "/soegning/public/soegeresultat"
TABLE = (
    "<h2>1. Køber</h2><p>Officielt navn: Eksempel Kommune</p><h2>2. Procedure</h2><p>Titel: Pleje af parker</p>"
    "<h2>5. Delkontrakt</h2><h3>5.1. Delkontrakt: LOT-0001</h3><p>Titel: Parker i nord</p>"
    "<p>Frist for modtagelse af tilbud: 2027-01-15+01:00 12:00:00+01:00</p>"
    "<h3>5.2. Delkontrakt: LOT-0002</h3><p>Titel: Parker i syd</p>"
)


def source(url: str, **more: Any) -> dict[str, Any]:
    wanted = {"filter": {"ted": url}, "selectors": {}, "concurrency": 8, "deadline_s": 60.0, **more}
    return page_source("udbud", url, kind="udbud", **wanted)


def row(serial: int, number: str = "", **data: Any) -> dict[str, Any]:
    shown = {
        "titel": f"Udbud {serial}",
        "ordregiver": "Eksempel Kommune",
        "ordregiverId": "12345674",
        "publiceringsdato": "20-11-2026",
        "formulartypeKode": "competition",
        **data,
    }
    return {"noticeId": f"id-{serial}", "noticeVersion": "01", "noticePublicationNumber": number, "dataDa": shown}


def found(*rows: dict[str, Any], total: int | None = None) -> Answer:
    body = {"resultatElementDtoList": list(rows), "totaltAntalResultater": len(rows) if total is None else total}
    return Answer(json.dumps(body), headers=(("Content-Type", "application/json"),))


def detail(html: str = TABLE, **summary: Any) -> Answer:
    body = {"htmlDA": html, "opsummeringDA": {"antalLots": 2, **summary}}
    return Answer(json.dumps(body), headers=(("Content-Type", "application/json"),))


def crawl(answers: dict[str, Answers], **more: Any) -> tuple[Heard, list[str], list[dict[str, Any]]]:
    """What was heard of the source, the paths asked for in order, and the bodies of the searches."""
    with serve(answers) as site:
        heard = run_crawl([source(site.url, **more)]).heard["udbud"]
        return heard, site.paths(), [json.loads(asked.body) for asked in site.asked if asked.body]


@needs_shared
def test_every_notice_that_the_portal_lists_is_held_with_its_lots() -> None:
    with replay() as server:
        heard = run_crawl([source(server.url)]).heard["udbud"]
    assert heard.totals == [229, 229, 229]
    assert len(set(heard.listed)) == 229
    assert {notice["key"] for notice in heard.notices} == set(heard.listed)
    assert (heard.problems, heard.finished[0][0]) == ([], "good")
    assert all(notice["notice_type"] for notice in heard.notices), "each was read from TED's XML"


@needs_shared
def test_a_second_crawl_finds_everything_held_and_reads_nothing_anew(tmp_path: Path) -> None:
    folder = tmp_path / "town"
    assert notifier(tmp_path, "init", str(folder)).returncode == 0
    (folder / "buyers.csv").unlink()
    with replay() as server:
        (folder / "sources" / "udbud.toml").write_text(
            f'kind = "udbud"\npublisher = "Portalen"\nurl = "{server.url}"\nallow_private_address = true\n'
            f'delay_s = 0\nconcurrency = 8\n[filter]\nted = "{server.url}"\n',
            encoding="utf-8",
        )
        first = notifier(folder, "crawl", "udbud")
        fetched = server.stats()["GET en 200"]
        second = notifier(folder, "crawl", "udbud")
        assert server.stats()["GET en 200"] == fetched == 229
    assert "229 listed, 229 held: 229 new" in first.stdout, first.stderr
    assert (first.returncode, second.returncode) == (0, 0)
    assert "0 new, 0 changed" in second.stdout


@needs_shared
def test_a_portal_that_is_often_busy_or_broken_loses_nothing() -> None:
    with replay("corpus", "--faults", "429=0.05,500=0.05,cut=0.05") as server:
        heard = run_crawl([source(server.url)]).heard["udbud"]
    assert (len(heard.notices), heard.problems, heard.finished[0][0]) == (229, [], "good")


@needs_shared
def test_without_ted_every_notice_still_comes_out_of_its_detail() -> None:
    with replay() as server:
        heard = run_crawl([source(server.url, filter={"ted": ""})]).heard["udbud"]
    assert (len(heard.notices), heard.problems) == (229, [])
    # The replay's details are paragraphs without labels: nothing is made up out of them, and that is told.
    assert all(notice["flags"] for notice in heard.notices)


@needs_shared
def test_only_the_followed_buyers_are_asked_for() -> None:
    buyers = [{"name": "Københavns Kommune", "cvr": "64942212", "kind": "administration"}]
    with replay() as server:
        heard = run_crawl([source(server.url, buyers=buyers)]).heard["udbud"]
    assert [notice["buyers"][0]["name"] for notice in heard.notices] == ["Københavns Kommune - Økonomiforvaltningen"]


def test_a_notice_that_ted_does_not_have_is_read_from_the_portal() -> None:
    heard, paths, _ = crawl(
        {
            SEARCH: found(row(1, "00700001-2026")),
            "/soegning/visning/id-1/01?noticePublicationNumber=700001-2026": detail(),
        }
    )
    assert paths == [
        SEARCH,
        "/en/notice/700001-2026/xml",
        "/soegning/visning/id-1/01?noticePublicationNumber=700001-2026",
    ]
    (notice,) = heard.notices
    assert (notice["key"], notice["publication_number"]) == ("700001-2026", "700001-2026")
    assert [lot["title"] for lot in notice["lots"]] == ["Parker i nord", "Parker i syd"]
    assert (heard.problems, heard.finished) == ([], [["good", ""]])


def test_a_national_notice_without_a_number_is_never_looked_for_on_ted() -> None:
    heard, paths, _ = crawl({SEARCH: found(row(1)), "/soegning/visning/id-1/01": detail()})
    assert paths == [SEARCH, "/soegning/visning/id-1/01"]
    (notice,) = heard.notices
    assert (notice["key"], notice["notice_id"], notice["stage"]) == ("id-1-01", "id-1", "call")
    assert notice["url"] == "https://udbud.dk/detaljevisning?noticeId=id-1&noticeVersion=01"
    assert notice["buyers"] == [{"name": "Eksempel Kommune", "identifier": "12345674", "country": "DK"}]


def test_another_failure_of_ted_is_told_and_the_notice_tried_again_next_time() -> None:
    heard, paths, _ = crawl(
        {
            SEARCH: found(row(1, "700001-2026"), row(2)),
            "/en/notice/700001-2026/xml": Answer(status=403),
            "/soegning/visning/id-2/01": detail(),
        }
    )
    assert not any("visning/id-1" in path for path in paths)
    assert len(heard.problems) == 1
    assert "403" in heard.problems[0]
    assert [notice["key"] for notice in heard.notices] == ["id-2-01"]
    assert heard.status == "partial"


def test_pages_are_asked_for_oldest_first_until_all_are_listed() -> None:
    pages: list[Answer | str] = [
        found(*(row(n) for n in range(100)), total=101),
        found(row(100), total=101),
    ]
    details: dict[str, Answers] = {f"/soegning/visning/id-{n}/01": detail() for n in range(101)}
    heard, _, searches = crawl({SEARCH: pages, **details}, buyers=[{"name": "By", "cvr": "12345674", "kind": "region"}])
    assert [search["pagineringDto"] for search in searches] == [
        {"aktuelSide": n, "maksElementer": 100, "sorteringFelt": "PUBLIKATION_DATO", "retning": "Asc"} for n in (1, 2)
    ]
    assert all(search["udbudStatusFilter"] == "ALLE" for search in searches)
    # thirty days before the run, which is on 23 November
    assert searches[0]["filterDto"] == {"publikationDatoFra": "2026-10-24", "koeberCvr": ["12345674"]}
    assert (len(heard.notices), heard.status) == (101, "good")


def test_a_page_that_lacks_what_the_portal_counts_is_an_alarm() -> None:
    heard, _, _ = crawl({SEARCH: [found(row(1), total=3), found(total=3)], "/soegning/visning/id-1/01": detail()})
    assert heard.status == "alarm"
    assert "it has 3, 1 were listed" in heard.message


def test_an_answer_of_another_shape_is_never_an_empty_list() -> None:
    heard, _, _ = crawl({SEARCH: "<html>Log ind</html>"})
    assert (heard.status, heard.notices) == ("failed", [])


def test_what_nobody_knows_in_an_answer_is_told_on_the_notice() -> None:
    strange = detail(TABLE.replace("Titel: Parker i nord", "Titel: Parker i nord</p><p>Ny oplysning: 12"), nyt=1)
    heard, _, _ = crawl({SEARCH: found(row(1)), "/soegning/visning/id-1/01": strange})
    (flag,) = heard.notices[0]["flags"]
    assert "summary: nyt" in flag
    assert "rendering: lot: ny oplysning" in flag


def test_a_wrong_key_of_the_filter_is_named() -> None:
    heard, paths, _ = crawl({}, filter={"ted": 5, "koeber": "64942212", "lookback_days": 0})
    assert paths == []
    for key in ("filter.ted", "filter.koeber", "filter.lookback_days"):
        assert key in heard.message
