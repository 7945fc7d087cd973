"""Real crawls of small servers on loopback. Most scenes share one crawl, so each also shows that the others finish."""

from __future__ import annotations

import gzip
import itertools
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from notifier.config import Source
from tests.spiders.crawling import PAGE_SELECTORS, Crawled, Heard, detail_page, list_page, page_source, run_crawl
from tests.spiders.server import OPEN, Answer, Answers, Site, moved, serve

ONE = list_page(("/1", "Rengøring"))
DETAIL = detail_page("Rengøring af skoler")
LOGIN = "<html><title>Log ind</title><form>Adgangskode</form></html>"
MEBIBYTE = 1024 * 1024


@dataclass
class Scenes:
    """All scenes of the shared crawl: a server and a source for each."""

    stack: ExitStack
    sites: dict[str, Site] = field(default_factory=dict)
    sources: list[dict[str, Any]] = field(default_factory=list)
    crawled: Crawled | None = None

    def add(self, name: str, answers: dict[str, Answers], **source: Any) -> Site:
        site = self.sites[name] = self.stack.enter_context(serve(answers))
        self.sources.append(page_source(name, source.pop("url", site.url + "/udbud").format(port=site.port), **source))
        return site

    def __getitem__(self, name: str) -> Heard:
        assert self.crawled is not None
        return self.crawled.heard[name]


def endless() -> dict[str, Answers]:
    pages = {f"/udbud{n or ''}": list_page((f"/{n}", f"Opgave {n}"), onward=f"/udbud{n + 1}") for n in range(12)}
    return {**pages, **{f"/{n}": detail_page(f"Opgave {n}") for n in range(12)}}


def closed_port(stack: ExitStack) -> int:
    """A port at which nobody listens, and which nobody else is given meanwhile."""
    held = stack.enter_context(socket.socket())
    held.bind(("127.0.0.1", 0))
    return int(held.getsockname()[1])


def add_lists(scenes: Scenes) -> None:
    scenes.add(
        "paging",
        {
            "/udbud": list_page(("/1", "A"), ("/2", "B"), onward="/udbud?side=2"),
            "/udbud?side=2": list_page(("/3", "C"), onward="/udbud"),  # and back to the first
            **{f"/{n}": detail_page(f"Opgave {n}") for n in (1, 2, 3)},
        },
    )
    scenes.add("budget", endless(), max_pages=3)
    same = {f"/udbud{n or ''}": list_page(("/1", "A"), onward=f"/udbud{n + 1}") for n in range(9)}
    scenes.add("nothing-new", {**same, "/1": DETAIL})
    scenes.add("login", {"/udbud": LOGIN})
    scenes.add("empty", {"/udbud": list_page(said="<p>Ingen aktuelle  udbud.</p>")})
    scenes.add("empty-unproven", {"/udbud": list_page(said="<p>Velkommen</p>")})
    scenes.add("few", {"/udbud": ONE, "/1": DETAIL}, expect={"min": 5, "max": 50})
    rows = list_page(("/1", "A"), ("/2", "B"), ("/3", "C"))
    scenes.add("half", {"/udbud": rows, "/1": DETAIL, "/3": LOGIN})
    late = {**PAGE_SELECTORS, "detail": {"landmark": "article", "fields": {"title": "h1", "case": {"label": "Sag"}}}}
    cased = detail_page("A") + "<article><p>Sag: 26/1</p></article>"
    numbered = cased.replace("</article></html><article>", "")
    scenes.add("late-keys", {"/udbud": list_page(("/1", "A"), ("/2", "B")), "/1": numbered}, selectors=late)
    head = "<tr><th>Område<th>Leverandør<th>Udløb<th>Farve"
    table = f"<main><table>{head}<tr><td>Vask<td>Ren ApS<td>31.12.2026<td>blå</table></main>"
    scenes.add("agreements", {"/udbud": table}, kind="agreements", selectors={"landmark": "main"})
    wrong = Answer(list_page(("/1", "Udbud på vejbelægning")).encode("cp1252"))
    scenes.add("charset", {"/udbud": wrong, "/1": Answer(detail_page("Udbud på vejbelægning").encode("cp1252"))})


def add_robots(scenes: Scenes) -> None:
    fine: dict[str, Answers] = {"/udbud": ONE, "/1": DETAIL}
    scenes.add("robots-500", {**fine, "/robots.txt": Answer("oops", status=500)})
    scenes.add("robots-501", {**fine, "/robots.txt": Answer("what is that?", status=501)})
    scenes.add("robots-429", {**fine, "/robots.txt": Answer("slow down", status=429)})
    scenes.add("robots-404", {**fine, "/robots.txt": Answer("none", status=404)})
    scenes.add("robots-403", {**fine, "/robots.txt": Answer("no", status=403)})
    scenes.add("robots-html", {**fine, "/robots.txt": LOGIN})
    closed = "User-agent: *\nDisallow: /\n"
    hops: dict[str, Answers] = {f"/{n}.txt": moved(f"/{n + 1}.txt") for n in range(1, 6)}
    scenes.add("robots-moved", {**fine, **hops, "/robots.txt": moved("/1.txt"), "/5.txt": closed})
    scenes.add("robots-moved-on", {**fine, **hops, "/robots.txt": moved("/1.txt"), "/6.txt": OPEN})
    scenes.add("robots-empty", {**fine, "/robots.txt": ""})
    scenes.add("robots-no", {**fine, "/robots.txt": "User-agent: procurement-notifier-tests\nDisallow: /udbud\n"})
    long = "#" * 79 + "\n"
    beyond = long * 7000 + "User-agent: *\nDisallow: /\n"  # 547 KiB
    scenes.add("robots-long", {**fine, "/robots.txt": beyond})


def add_faults(scenes: Scenes) -> None:
    busy = Answer("later", status=429, headers=(("Retry-After", "1"),))
    scenes.add("busy", {"/udbud": [busy, ONE], "/1": DETAIL})
    others: dict[str, Answers] = {"/2": Answer(detail_page("B"), stall=0.3), "/3": detail_page("C")}
    three = list_page(("/1", "A"), ("/2", "B"), ("/3", "C"))
    scenes.add("busy-host", {"/udbud": three, "/1": [busy, DETAIL], **others})
    scenes.add("cut", {"/udbud": [Answer("<main id=", cut=True), ONE], "/1": [Answer("<art", cut=True), DETAIL]})
    scenes.add("six-times-500", {"/udbud": [*[Answer("oops", status=500)] * 6, ONE], "/1": DETAIL})
    scenes.add("empty-body", {"/udbud": [Answer(""), ONE], "/1": DETAIL})
    scenes.add("dead", {}, url=f"http://127.0.0.1:{closed_port(scenes.stack)}/udbud")
    bomb = gzip.compress(b"a" * 17 * MEBIBYTE)
    packed = (("Content-Type", "text/html"), ("Content-Encoding", "gzip"))
    scenes.add("bomb", {"/udbud": Answer(bomb, headers=packed)})
    scenes.add("huge", {"/udbud": Answer(b"a" * 17 * MEBIBYTE)})
    scenes.add("slow", {"/udbud": list_page(("/1", "A"), ("/2", "B")), "/1": Answer(DETAIL, stall=9)}, deadline_s=1.5)
    scenes.add("deep", {"/udbud": "<div>" * 5000 + ONE})


def add_addresses(scenes: Scenes, canary: Site) -> None:
    to = f":{canary.port}/"
    scenes.add("to-internal", {"/udbud": moved("http://127.0.0.1" + to)})
    scenes.add("to-spelled", {"/udbud": moved("http://0x7f000001" + to)})
    scenes.add("to-named", {"/udbud": moved("http://localhost" + to)})
    scenes.add("to-elsewhere", {"/udbud": moved("http://elsewhere.example/udbud")})
    scenes.add("to-file", {"/udbud": moved("file:///etc/passwd")})
    refresh = f'<meta http-equiv="refresh" content="0;url=http://127.0.0.1{to}">{LOGIN}'
    scenes.add("refresh", {"/udbud": refresh})
    scenes.add("links-out", {"/udbud": list_page(("http://127.0.0.1" + to, "A"), onward="http://127.0.0.1" + to)})
    shut = {"/udbud": ONE, "/1": DETAIL}
    scenes.add("not-allowed", dict(shut), allow_private_address=False)
    opened = scenes.add("intranet", dict(shut), url="http://localhost:{port}/udbud")
    stranger = f"http://localhost:{opened.port}/udbud"
    scenes.sources.append(page_source("at-the-intranet", stranger, allow_private_address=False))
    scenes.add("resolves-inside", dict(shut), allow_private_address=False, url="http://localhost:{port}/udbud")


@pytest.fixture(scope="module")
def scenes() -> Iterator[Scenes]:
    with ExitStack() as stack, serve({"/": "canary"}) as canary:
        found = Scenes(stack, {"canary": canary})
        add_lists(found)
        add_robots(found)
        add_faults(found)
        add_addresses(found, canary)
        cookie = (("Content-Type", "text/html"), ("Set-Cookie", "visit=1; Path=/"))
        found.add("manners", {"/udbud": Answer(ONE, headers=cookie), "/1": DETAIL}, delay_s=0.3)
        pages: dict[str, Answers] = {f"/{n}": Answer(detail_page(f"Opgave {n}"), stall=0.1) for n in (1, 2, 3)}
        rows = list_page(*((f"/{n}", f"Opgave {n}") for n in (1, 2, 3)))
        found.add("one-by-one", {"/udbud": rows, **pages}, concurrency=1)
        shared = found.add("first-of-two", {"/udbud": ONE, "/1": Answer(DETAIL, stall=0.2)}, concurrency=1)
        found.sources.append(page_source("second-of-two", shared.url + "/udbud", concurrency=1))
        found.add("wrong", {"/udbud": ONE}, selectors={"list": {"landmark": "main[", "row": "tr"}})
        proxy = {"http_proxy": canary.url, "HTTP_PROXY": canary.url, "all_proxy": canary.url}
        found.crawled = run_crawl(found.sources, environment=proxy)
        yield found


def test_pages_are_followed_and_a_loop_back_ends(scenes: Scenes) -> None:
    assert scenes["paging"].status == "good"
    assert scenes["paging"].listed == ["/1", "/2", "/3"]
    assert scenes["paging"].titles == ["Opgave 1", "Opgave 2", "Opgave 3"]
    assert scenes.sites["paging"].paths().count("/udbud") == 1


def test_reaching_the_page_budget_is_an_alarm(scenes: Scenes) -> None:
    assert scenes["budget"].status == "alarm"
    assert "max_pages" in scenes["budget"].message
    assert len(scenes["budget"].listed) == 3


def test_pages_that_add_nothing_new_end_the_paging(scenes: Scenes) -> None:
    assert scenes["nothing-new"].status == "good"
    assert sorted(scenes.sites["nothing-new"].paths()) == ["/1", "/udbud", "/udbud1"]


def test_a_login_page_under_200_is_an_alarm(scenes: Scenes) -> None:
    assert scenes["login"].status == "alarm"
    assert 'lacks its landmark main#udbud; it calls itself "Log ind"' in scenes["login"].message
    assert scenes.sites["login"].url in scenes["login"].message


def test_an_empty_list_counts_only_with_its_own_words_for_it(scenes: Scenes) -> None:
    assert (scenes["empty"].status, scenes["empty"].message) == ("good", "")
    assert scenes["empty-unproven"].status == "alarm"


def test_counts_outside_what_is_expected_are_an_alarm(scenes: Scenes) -> None:
    assert scenes["few"].status == "alarm"
    assert "1 were listed where 5 to 50 are expected" in scenes["few"].message
    assert scenes["few"].titles == []  # in an alarm nothing of a page is handed over


def test_one_notice_that_cannot_be_read_leaves_the_others(scenes: Scenes) -> None:
    assert scenes["half"].status == "partial"
    assert len(scenes["half"].notices) == 1
    assert sorted(problem.split(" (")[0] for problem in scenes["half"].problems) == [
        "the page answered 404",
        'the page lacks its landmark article.udbud; it calls itself "Log ind"',
    ]


def test_a_wrong_charset_label_costs_no_letters(scenes: Scenes) -> None:
    assert scenes["charset"].titles == ["Udbud på vejbelægning"]


def test_case_numbers_of_detail_pages_become_keys(scenes: Scenes) -> None:
    assert scenes["late-keys"].listed == ["26/1"]
    assert [notice["key"] for notice in scenes["late-keys"].notices] == ["26/1"]
    assert scenes["late-keys"].status == "partial"


def test_agreements_are_read_and_unknown_columns_reported(scenes: Scenes) -> None:
    assert [agreement["title"] for agreement in scenes["agreements"].agreements] == ["Vask"]
    assert scenes["agreements"].status == "good"
    assert "columns that were not read: Farve" in scenes["agreements"].message


@pytest.mark.parametrize("name", ["robots-500", "robots-501", "robots-429"])
def test_unreadable_robots_txt_means_that_nothing_is_fetched(scenes: Scenes, name: str) -> None:
    assert scenes[name].status == "blocked"
    assert "robots.txt could not be read" in scenes[name].message
    assert scenes.sites[name].paths() == []


@pytest.mark.parametrize("name", ["robots-404", "robots-403", "robots-empty", "robots-html", "robots-long"])
def test_missing_robots_txt_allows_and_what_lies_beyond_the_limit_is_not_read(scenes: Scenes, name: str) -> None:
    assert scenes[name].status == "good"
    assert len(scenes[name].notices) == 1


def test_what_robots_txt_forbids_us_by_name_is_not_fetched(scenes: Scenes) -> None:
    assert scenes["robots-no"].status == "blocked"
    assert scenes.sites["robots-no"].paths() == []


def test_robots_txt_is_followed_over_five_redirects_and_no_further(scenes: Scenes) -> None:
    assert "robots.txt forbids this address" in scenes["robots-moved"].message
    assert "robots.txt could not be read" in scenes["robots-moved-on"].message
    assert {scenes["robots-moved"].status, scenes["robots-moved-on"].status} == {"blocked"}
    assert "/udbud" not in scenes.sites["robots-moved"].paths() + scenes.sites["robots-moved-on"].paths()


def test_a_host_that_asks_for_a_pause_gets_it(scenes: Scenes) -> None:
    first, second = [asked.at for asked in scenes.sites["busy"].asked if asked.path == "/udbud"]
    assert 1.0 <= second - first < 5.0
    assert scenes["busy"].status == "good"


def test_the_pause_is_the_hosts_and_not_one_pages(scenes: Scenes) -> None:
    assert scenes["busy-host"].status == "good"
    asked = {request.path: request.at for request in reversed(scenes.sites["busy-host"].asked)}  # the first time
    assert asked["/3"] - asked["/1"] >= 0.9


@pytest.mark.parametrize("name", ["cut", "empty-body", "six-times-500"])
def test_what_may_pass_is_tried_again(scenes: Scenes, name: str) -> None:
    assert scenes[name].status == "good"
    assert scenes[name].titles == ["Rengøring af skoler"]


def test_a_dead_host_is_tried_three_times_and_named(scenes: Scenes) -> None:
    assert scenes["dead"].status == "failed"
    assert "refuses connections, 3 times" in scenes["dead"].message


@pytest.mark.parametrize("name", ["bomb", "huge"])
def test_a_body_beyond_the_limit_is_refused(scenes: Scenes, name: str) -> None:
    assert scenes[name].status == "failed"
    assert "could not be taken" in scenes[name].message
    assert scenes.sites[name].paths() == ["/udbud"]


def test_a_source_ends_at_its_deadline(scenes: Scenes) -> None:
    assert scenes["slow"].status == "failed"
    assert "out of time after 1.5 seconds" in scenes["slow"].message


def test_a_page_nested_too_deeply_is_not_read_as_empty(scenes: Scenes) -> None:
    assert scenes["deep"].status == "failed"
    assert "nested so deeply" in scenes["deep"].message


@pytest.mark.parametrize("name", ["to-internal", "to-spelled", "to-named"])
def test_redirects_to_other_hosts_are_refused(scenes: Scenes, name: str) -> None:
    assert scenes[name].status == "blocked"
    assert "refused address" in scenes[name].message


def test_a_redirect_to_a_host_that_is_not_the_sources_is_refused_before_its_name_is_asked_for(scenes: Scenes) -> None:
    assert scenes["to-elsewhere"].status == "blocked"
    assert "elsewhere.example:80 is not a host of this source" in scenes["to-elsewhere"].message


def test_what_one_source_may_open_stays_shut_for_another(scenes: Scenes) -> None:
    assert scenes["intranet"].status == "good"
    assert scenes["at-the-intranet"].status == "blocked"
    assert "refused address: it lies on an internal network" in scenes["at-the-intranet"].message
    assert len(scenes.sites["intranet"].paths()) == 2


def test_links_to_other_hosts_are_refused(scenes: Scenes) -> None:
    assert scenes["links-out"].status == "blocked"
    assert scenes["links-out"].notices == []


@pytest.mark.parametrize("name", ["not-allowed", "resolves-inside"])
def test_an_internal_address_is_refused_unless_it_was_allowed(scenes: Scenes, name: str) -> None:
    assert scenes[name].status == "blocked"
    assert "refused address: it lies on an internal network" in scenes[name].message
    assert scenes.sites[name].connections == 0


def test_files_and_meta_refreshes_are_not_followed(scenes: Scenes) -> None:
    assert scenes["to-file"].status == "failed"
    assert "the page answered 302" in scenes["to-file"].message
    assert scenes["refresh"].status == "alarm"


def test_the_canary_was_never_connected_to(scenes: Scenes) -> None:
    assert scenes.sites["canary"].connections == 0


def test_requests_keep_their_distance_and_say_who_asks(scenes: Scenes) -> None:
    asked = scenes.sites["manners"].asked
    assert [request.path for request in asked] == ["/robots.txt", "/udbud", "/1"]
    # delay_s is 0.2; a request that was late on its way comes nearer to the next one, as seen from here
    assert all(b.at - a.at >= 0.1 for a, b in itertools.pairwise(asked))
    assert all("indkoeb@by.example" in request.headers["User-Agent"] for request in asked)
    assert all(request.headers.keys().isdisjoint({"Cookie", "Referer"}) for request in asked)


def test_a_source_is_asked_for_one_page_at_a_time(scenes: Scenes) -> None:
    assert Source("by", "page", "By", "https://by.example").concurrency == 1
    assert scenes["one-by-one"].titles == ["Opgave 1", "Opgave 2", "Opgave 3"]
    assert scenes.sites["one-by-one"].most_at_once == 1


def test_two_sources_of_one_host_take_turns(scenes: Scenes) -> None:
    assert scenes["first-of-two"].status == scenes["second-of-two"].status == "good"
    assert scenes.sites["first-of-two"].most_at_once == 1


def test_a_wrong_configuration_ends_its_own_source_only(scenes: Scenes) -> None:
    assert scenes["wrong"].status == "failed"
    assert 'wrong.toml: selectors.list.landmark: "main[" is no CSS selector' in scenes["wrong"].message
    assert scenes.sites["wrong"].asked == []


def test_every_source_ends_exactly_once_and_the_log_has_one_line_per_event(scenes: Scenes) -> None:
    assert scenes.crawled is not None
    assert scenes.crawled.heard.keys() == {source["id"] for source in scenes.sources}
    assert all(len(heard.finished) == 1 for heard in scenes.crawled.heard.values())
    assert scenes.crawled.raised == ""
    lines = scenes.crawled.errors.splitlines()
    assert lines
    assert [line for line in lines if line.split(":")[0] not in scenes.crawled.heard] == []


def test_nothing_listens_while_crawling(scenes: Scenes) -> None:
    assert scenes.crawled is not None
    assert scenes.crawled.listening == []


def test_progress_is_told(scenes: Scenes) -> None:
    assert scenes.crawled is not None
    assert [counts for counts in scenes.crawled.progress if counts[0] == "paging"][-1] == ["paging", 3, 3]


def test_a_sink_that_fails_ends_the_crawl_with_its_error() -> None:
    with serve({"/udbud": list_page(("/1", "A"), ("/2", "B")), "/1": DETAIL, "/2": DETAIL}) as site:
        crawled = run_crawl([page_source("by", site.url + "/udbud")], broken=True)
    assert crawled.raised == "StoreError: the disk is full (notifier.db): make room"
    assert crawled.heard["by"].notices == []


def ted_answer(numbers: list[str], total: int, token: str | None = "T", **more: object) -> Answer:
    rows = [{"publication-number": number, "links": {"xml": {}, "html": {}}} for number in numbers]
    body = {"notices": rows, "totalNoticeCount": total, "iterationNextToken": token, "timedOut": False, **more}
    return Answer(json.dumps(body), headers=(("Content-Type", "application/json"),))


@pytest.fixture(scope="module")
def ted() -> Iterator[tuple[Crawled, dict[str, Site]]]:
    search = "/v3/notices/search"
    short: Answers = [ted_answer(["000001-2026"], 3), ted_answer([], 3)]
    slow: Answers = [ted_answer(["000001-2026"], 1, timedOut=True)]
    with serve({search: short}) as first, serve({search: slow}) as second, serve({search: ted_answer([], 3)}) as third:
        common = {"kind": "ted", "selectors": {}}
        sources = [
            page_source("short", first.url, filter={"query": "buyer-country=DNK"}, **common),
            page_source("timed-out", second.url, **common),
            page_source("nothing", third.url, **common),
            page_source("own-order", third.url, filter={"query": "x=1 SORT BY x"}, **common),
        ]
        yield run_crawl(sources, since="2026-11-20"), {"short": first, "timed-out": second}


def test_a_search_that_gives_less_than_its_total_is_an_alarm(ted: tuple[Crawled, dict[str, Site]]) -> None:
    assert ted[0].heard["nothing"].status == "alarm"
    assert "the source says it has 3, 0 were listed: 3 are missing" in ted[0].heard["nothing"].message
    assert "the source says it has 3, 1 were listed: 2 are missing" in ted[0].heard["short"].message


def test_a_notice_without_xml_and_a_query_with_its_own_order_are_told(ted: tuple[Crawled, dict[str, Site]]) -> None:
    assert "TED names no XML for 000001-2026" in ted[0].heard["short"].problems[0]
    assert ted[0].heard["own-order"].status == "failed"
    assert "own-order.toml: filter.query: has its own SORT BY" in ted[0].heard["own-order"].message


def test_the_search_is_iterated_within_the_window_and_ends_at_an_empty_page(
    ted: tuple[Crawled, dict[str, Site]],
) -> None:
    bodies = [json.loads(asked.body) for asked in ted[1]["short"].asked if asked.method == "POST"]
    assert [body.get("iterationNextToken") for body in bodies] == [None, "T"]
    query = "(buyer-country=DNK) AND publication-date>=20261117 SORT BY publication-date"
    assert {body["query"] for body in bodies} == {query}
    assert bodies[0]["limit"] * len(bodies[0]["fields"]) <= 10_000
    assert bodies[0]["paginationMode"] == "ITERATION"


def test_a_search_that_ran_out_of_time_is_told(ted: tuple[Crawled, dict[str, Site]]) -> None:
    assert any("ran out of time" in problem for problem in ted[0].heard["timed-out"].problems)
    assert ted[0].heard["timed-out"].status != "good"
