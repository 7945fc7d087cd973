"""Hosts that mean harm: more than sixty of them in one crawl, among sources that only want to be read.

Nothing internal is connected to, the process stays small, every source ends in time and says what was wrong, and
those that behave are read whole. Which answers make up "hostile" stands in the tables below, one line each.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from notifier.errors import Blocked, ParseError
from spiders.addresses import door
from spiders.parsers import xml
from tests.spiders.crawling import Crawled, Heard, detail_page, list_page, page_source, run_crawl
from tests.spiders.hostile import (
    MEBIBYTE,
    Host,
    Script,
    answer,
    drip,
    flood,
    gzip_bomb,
    listen,
    moved,
    packed,
    reset,
    silence,
    twice,
)

MOST_MEMORY = 256 * MEBIBYTE
DEADLINE_S = 8.0
LONG_DEADLINE_S = 30.0  # of those that are to end at a budget, however slow the machine
LIST = list_page(("/1", "Rengøring"))
DETAIL = detail_page("Rengøring af skoler")
GOOD: dict[str, bytes | Script] = {"/udbud": answer(LIST), "/1": answer(DETAIL)}
HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
CHUNKED = HTML + b"Transfer-Encoding: chunked\r\n\r\n"
LOGIN = "<html><title>Log ind</title><form>Adgangskode <input type=password></form></html>"

# Where a redirect or a link leads: {port} is the canary's, which listens on 127.0.0.1, 127.0.0.2 and ::1.
INTERNAL = {
    "dotted": "http://127.0.0.1:{port}/",
    "another-loopback": "http://127.0.0.2:{port}/",
    "hexadecimal": "http://0x7f000001:{port}/",
    "decimal": "http://2130706433:{port}/",
    "short": "http://127.1:{port}/",
    "octal": "http://0177.0.0.1:{port}/",
    "zero": "http://0:{port}/",
    "any": "http://0.0.0.0:{port}/",
    "v6": "http://[::1]:{port}/",
    "v4-in-v6": "http://[::ffff:127.0.0.1]:{port}/",
    "v4-in-v6-hexadecimal": "http://[::ffff:7f00:1]:{port}/",
    "nat64": "http://[64:ff9b::7f00:1]:{port}/",
    "six-to-four": "http://[2002:7f00:1::]:{port}/",
    "name": "http://localhost:{port}/",
    "name-with-dot": "http://localhost.:{port}/",
    "fullwidth-digits": "http://\uff11\uff12\uff17.\uff10.\uff10.\uff11:{port}/",
    "ideographic-dots": "http://127\u30020\u30020\u30021:{port}/",
    "user": "http://by.example@127.0.0.1:{port}/",
    "backslash": "http://by.example:80\\@127.0.0.1:{port}/",
    "no-scheme": "//127.0.0.1:{port}/",
    "tab-in-it": "http://127.0.\t0.1:{port}/",
    "address-with-dot": "http://127.0.0.1.:{port}/",
    "zone": "http://[::1%25lo]:{port}/",
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "carrier-grade": "http://100.64.0.1/",
    "file": "file:///etc/passwd",
    "data": "data:text/html,<main id=udbud>",
    "ftp": "ftp://127.0.0.1:{port}/",
    "gopher": "gopher://127.0.0.1:{port}/",
    "header-injection": "http://127.0.0.1:{port}/\r\nX-Evil: 1",
}

# Answers for the list page that hurt whoever takes them whole, or takes them at all.
BODIES: dict[str, bytes | Script] = {
    "says-2-gib": answer(b"", "200 OK", "Content-Length: 2147483648", length=False).replace(
        b"Connection: close\r\n", b""
    ),
    "flood": flood(HTML + b"\r\n", b"<p>" * 21846),
    "flood-in-chunks": flood(CHUNKED, b"10000\r\n" + b"a" * 65536 + b"\r\n"),
    "gzip-bomb": packed(gzip_bomb(300 * MEBIBYTE), "gzip"),
    "gzip-bomb-just-below": packed(gzip_bomb(15 * MEBIBYTE), "gzip"),
    "deflate-bomb": packed(zlib.compress(bytes(64 * MEBIBYTE)), "deflate"),
    "brotli": packed(b"\x8b\x02\x80Udbud\x03", "br"),
    "zstandard": packed(b"\x28\xb5\x2f\xfd" + bytes(100), "zstd"),
    "gzip-in-gzip": packed(twice(LIST.encode()), "gzip, gzip"),
    "ten-encodings": packed(gzip.compress(LIST.encode()), ", ".join(["gzip"] * 10)),
    "gzip-cut-off": packed(gzip.compress((LIST * 50).encode())[:-20], "gzip"),
    "gzip-that-is-none": packed(b"<html>Udbud", "gzip"),
    "long-header": answer(LIST, "200 OK", "X-Long: " + "a" * 200_000),
    "many-headers": answer(LIST, "200 OK", *(f"X-{n}: {'a' * 100}" for n in range(4000))),
    "endless-headers": flood(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"a" * 8000 + b"\r\n"),
    "endless-continues": flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "long-status": flood(b"HTTP/1.1 200 ", b"a" * 65536, 8 * MEBIBYTE),
    "long-location": moved("/" + "a" * 15_000),
    "cut-off": answer(LIST).replace(b"Content-Length: ", b"Content-Length: 9"),
    "chunk-cut-off": CHUNKED + b"1000\r\n<main id=udbud>",
    "wrong-chunk": CHUNKED + b"zz\r\n<main id=udbud>\r\n0\r\n\r\n",
    "negative-length": HTML + b"Content-Length: -1\r\n\r\n" + LIST.encode(),
    "two-lengths": HTML + b"Content-Length: 5\r\nContent-Length: 50\r\n\r\n" + LIST.encode(),
    "no-http": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "no-status": b"HTTP/1.1 good\r\nContent-Length: 0\r\n\r\n",
    "empty": answer(b""),
    "no-content": answer(b"", "204 No Content"),
    "not-modified-unasked": b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n",
    "closes-at-once": reset(),
    "resets-in-the-body": reset(HTML + b"Content-Length: 9000\r\n\r\n<main id=udbud>"),
    "resets-a-body-without-length": reset(HTML + b"\r\n" + LIST.encode()),
    "silent": silence(),
    "silent-after-its-headers": silence(HTML + b"Content-Length: 9000\r\n\r\n"),
    "drips-headers": drip(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
    "drips-its-body": drip(HTML + b"Content-Length: 9000000\r\n\r\n", b"<p>"),
    "drips-chunks": drip(CHUNKED, b"1\r\na\r\n"),
    "wants-an-hour": answer(b"", "503 Service Unavailable", "Retry-After: 3600"),
    "wants-thirty-years": answer(b"", "429 Too Many Requests", "Retry-After: 1000000000"),
    "wants-a-googol": answer(b"", "429 Too Many Requests", "Retry-After: 1" + "0" * 400),
    "redirects-to-itself": moved("/udbud"),
    "deep": answer("<div>" * 50_000 + LIST),
    "four-million-elements": answer(b"<br>" * 4_000_000),
    "half-a-million-attributes": answer("<main " + " ".join(f"a{n}" for n in range(500_000)) + ">"),
    "ten-megabytes-of-text": answer("<main id=udbud>" + "a" * 10_000_000),
    "nothing-but-nul": answer(bytes(100_000)),
    "sixteen-bits": answer("\ufeff<p>Udbud".encode("utf-16")),
    "unknown-charset": answer(b"<p>Udbud", type="text/html; charset=utf-99"),
    "a-login-page": answer(LOGIN),
    "a-captcha": answer("<html><title>Just a moment...</title><div id=captcha></div></html>"),
    "refreshes-inside": answer('<meta http-equiv="refresh" content="0;url=http://127.0.0.1:{port}/">' + LOGIN),
    "refresh-header": answer(LOGIN, "200 OK", "Refresh: 0; url=http://127.0.0.1:{port}/"),
    "many-cookies": answer(LOGIN, "200 OK", *(f"Set-Cookie: c{n}={'x' * 4000}" for n in range(20))),
}

# robots.txt of a host whose pages are fine; with it nothing may be fetched there.
ROBOTS: dict[str, bytes | Script] = {
    "error": answer(b"", "500 Internal Server Error"),
    "busy": answer(b"", "429 Too Many Requests", "Retry-After: 1000000000"),
    "silent": silence(),
    "to-itself": moved("/robots.txt"),
    "inside": moved("http://127.0.0.1:{port}/robots.txt"),
    "bomb": packed(gzip_bomb(300 * MEBIBYTE), "gzip"),
    "flood": flood(b"HTTP/1.1 200 OK\r\n\r\n", b"# rules\n" * 8192),
    "reset": reset(),
}

pytestmark = pytest.mark.long


def trap(rows: str) -> dict[str, bytes | Script]:
    """A list whose every page has another one behind it."""

    def page(connection: Any, host: Host) -> None:
        number = len(host.asked)
        link = rows.format(n=number)
        connection.sendall(answer(list_page((link, f"Opgave {number}"), onward=f"/udbud?session={number}")))

    return {"/udbud": page, "*": answer(DETAIL)}


SITES: dict[str, dict[str, bytes | Script]] = {
    "endless-paging": trap("/opgave/{n}"),
    "a-calendar-without-end": trap("/kalender?dag={n}"),
    "thousands-of-links": {
        "/udbud": answer(list_page(*((f"/{n}", "A") for n in range(2_000)))),
        "*": answer(DETAIL),
    },
    "links-inside": {"/udbud": answer(list_page(("http://127.0.0.1:{port}/", "A"), onward="http://[::1]:{port}/"))},
    "base-inside": {"/udbud": answer('<base href="http://127.0.0.1:{port}/">' + list_page(("1", "A"), onward="2"))},
    "notice-moves-inside": {"/udbud": answer(LIST), "/1": moved("http://127.0.0.1:{port}/")},
    "notice-is-a-bomb": {"/udbud": answer(LIST), "/1": packed(gzip_bomb(300 * MEBIBYTE), "gzip")},
    "notice-is-a-login": {"/udbud": answer(LIST), "/1": answer(LOGIN)},
}

FEEDS: dict[str, bytes | Script] = {
    "feed-laughs": answer(
        '<!DOCTYPE r [<!ENTITY a "ha">'
        + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
        + "]><rss><channel><item><title>&j;</title></item></channel></rss>",
        type="application/rss+xml",
    ),
    "feed-reads-a-file": answer(
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><item><title>&x;</title></item></channel></rss>',
        type="application/rss+xml",
    ),
    "feed-asks-inside": answer(
        '<!DOCTYPE r SYSTEM "http://127.0.0.1:{port}/x.dtd"><rss><channel><item><title>x</title></item></channel></rss>',
        type="application/rss+xml",
    ),
    "feed-cut-off": answer("<rss><channel><item><title>Udbud", type="application/rss+xml"),
}

SEARCHES: dict[str, bytes | Script] = {
    "json-nested": answer("[" * 200_000, type="application/json"),
    "json-of-another-shape": answer('{"notices": 5, "totalNoticeCount": {}}', type="application/json"),
    "json-absurd-total": answer('{"notices": [], "totalNoticeCount": 1' + "0" * 300 + "}", type="application/json"),
    "json-is-html": answer(LOGIN, type="application/json"),
    "json-leads-inside": answer(
        '{"notices": [{"publication-number": "000001-2026", "links": {"xml": {"MUL": "http://127.0.0.1:{port}/x"}}}],'
        ' "totalNoticeCount": 1}',
        type="application/json",
    ),
}

WELL_BEHAVED = 8


@dataclass
class Hostile:
    """The crawl of all of them, and who was asked for what."""

    stack: ExitStack
    port: int
    canaries: list[Host]
    hosts: dict[str, Host] = field(default_factory=dict)
    sources: list[dict[str, Any]] = field(default_factory=list)
    crawled: Crawled | None = None

    def add(self, name: str, answers: dict[str, bytes | Script], **more: Any) -> None:
        mark = str(self.port).encode()
        filled = {
            path: found.replace(b"{port}", mark) if isinstance(found, bytes) else found
            for path, found in answers.items()
        }
        for path, found in filled.items():
            if isinstance(found, bytes) and found != answers[path]:  # as long as it says
                before = answers[path]
                assert isinstance(before, bytes)
                _, _, body = before.partition(b"\r\n\r\n")
                said, is_ = f"Content-Length: {len(body)}", f"Content-Length: {len(body.replace(b'{port}', mark))}"
                filled[path] = found.replace(said.encode(), is_.encode())
        host = self.hosts[name] = self.stack.enter_context(listen(filled))
        settings = {"deadline_s": DEADLINE_S, "max_pages": 5, "expect": {"min": 0, "max": 500}}
        self.sources.append(page_source(name, host.url + "/udbud", **{**settings, **more}))

    def __getitem__(self, name: str) -> Heard:
        assert self.crawled is not None
        return self.crawled.heard[name]


def host_of(url: str) -> list[str]:
    """The host that a request to that URL would go to, if there is one."""
    try:
        return [door(url.format(port=80)).host]
    except Blocked:
        return []


@pytest.fixture(scope="module")
def hostile() -> Iterator[Hostile]:
    with ExitStack() as stack:
        canary = stack.enter_context(listen({"*": answer(LIST)}))
        others = [("127.0.0.2", canary.port), ("::1", canary.port)]
        canaries = [canary, *(stack.enter_context(listen({}, address, port)) for address, port in others)]
        found = Hostile(stack, canary.port, canaries)
        for name, to in INTERNAL.items():
            # Each such host may be asked, as far as `hosts` goes: what refuses them is that they lie inside.
            found.add(f"to-{name}", {"/udbud": moved(to)}, filter={"hosts": ["by.example", *host_of(to)]})
        for name, body in BODIES.items():
            found.add(name, {"/udbud": body, "/1": answer(DETAIL)})
        for name, robots in ROBOTS.items():
            found.add(f"robots-{name}", {**GOOD, "/robots.txt": robots})
        for name, answers in SITES.items():
            found.add(name, answers, deadline_s=LONG_DEADLINE_S)
        for name, feed in FEEDS.items():
            found.add(name, {"/udbud": feed}, kind="feed", selectors={})
        for name, search in SEARCHES.items():
            found.add(name, {"*": search, "/robots.txt": answer(b"")}, kind="ted", selectors={})
        for number in range(WELL_BEHAVED):
            found.add(f"good-{number}", dict(GOOD))
        names = {"inside.example": [["127.0.0.2"]], "both.example": [["127.0.0.2", "::1"]]}
        for name in names:
            found.sources.append(
                page_source(name.partition(".")[0], f"http://{name}:{canary.port}/udbud", allow_private_address=False)
            )
        proxies = dict.fromkeys(("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"), canary.url)
        found.crawled = run_crawl(found.sources, environment=proxies, names=names)
        yield found


def test_there_are_more_than_sixty_of_them(hostile: Hostile) -> None:
    assert len(hostile.sources) - WELL_BEHAVED >= 100


def test_nothing_internal_was_connected_to(hostile: Hostile) -> None:
    assert [canary.connections for canary in hostile.canaries] == [0, 0, 0]


def test_every_source_ended_once_and_the_well_behaved_were_read_whole(hostile: Hostile) -> None:
    assert hostile.crawled is not None
    assert hostile.crawled.raised == ""
    assert hostile.crawled.heard.keys() == {source["id"] for source in hostile.sources}
    assert {name for name, heard in hostile.crawled.heard.items() if len(heard.finished) != 1} == set()
    for number in range(WELL_BEHAVED):
        assert hostile[f"good-{number}"].status == "good"
        assert hostile[f"good-{number}"].titles == ["Rengøring af skoler"]


def test_none_of_the_others_is_called_good_and_each_says_what_was_wrong(hostile: Hostile) -> None:
    assert hostile.crawled is not None
    others = {name: heard for name, heard in hostile.crawled.heard.items() if not name.startswith("good-")}
    assert {name for name, heard in others.items() if heard.status == "good"} == set()
    assert {name for name, heard in others.items() if not heard.message} == set()
    assert {name for name, heard in others.items() if "the program failed" in heard.message} == set()


def test_the_process_stayed_small(hostile: Hostile) -> None:
    assert hostile.crawled is not None
    assert hostile.crawled.memory < MOST_MEMORY


def test_the_crawl_took_no_longer_than_its_deadlines(hostile: Hostile) -> None:
    assert hostile.crawled is not None
    assert hostile.crawled.seconds < LONG_DEADLINE_S + DEADLINE_S


@pytest.mark.parametrize("name", ["dotted", "hexadecimal", "decimal", "v6", "v4-in-v6", "name", "metadata", "user"])
def test_an_internal_address_is_named_as_refused(hostile: Hostile, name: str) -> None:
    heard = hostile[f"to-{name}"]
    assert heard.status == "blocked"
    assert "refused address" in heard.message or "no address to fetch from" in heard.message


@pytest.mark.parametrize("name", ["inside", "both"])
def test_names_that_lead_inside_are_refused_as_the_connection_is_made(hostile: Hostile, name: str) -> None:
    assert hostile[name].status == "blocked"
    assert "it lies on an internal network" in hostile[name].message


@pytest.mark.parametrize("name", ROBOTS)
def test_without_a_readable_robots_txt_nothing_is_fetched(hostile: Hostile, name: str) -> None:
    assert hostile.hosts[f"robots-{name}"].paths() == []
    assert hostile[f"robots-{name}"].status in ("blocked", "failed")


@pytest.mark.parametrize("name", ["wants-an-hour", "wants-thirty-years", "wants-a-googol"])
def test_who_asks_for_more_than_a_minute_is_left_alone_until_the_next_run(hostile: Hostile, name: str) -> None:
    assert hostile.hosts[name].paths() == ["/udbud"]
    assert "wants to be left alone" in hostile[name].message


@pytest.mark.parametrize("name", ["endless-paging", "a-calendar-without-end"])
def test_a_trap_ends_at_the_page_budget_with_an_alarm(hostile: Hostile, name: str) -> None:
    assert hostile[name].status == "alarm"
    assert "max_pages" in hostile[name].message
    assert hostile[name].notices == []
    assert not hostile[name].complete


def test_a_list_of_too_many_links_is_followed_only_as_far_as_expected(hostile: Hostile) -> None:
    assert hostile["thousands-of-links"].status == "alarm"
    assert "more than 500 notices" in hostile["thousands-of-links"].message
    assert len(hostile.hosts["thousands-of-links"].paths()) <= 501


@pytest.mark.parametrize(
    "name",
    ["gzip-cut-off", "cut-off", "chunk-cut-off", "gzip-in-gzip", "brotli", "resets-a-body-without-length"],
)
def test_half_a_body_is_never_read_as_a_short_one(hostile: Hostile, name: str) -> None:
    assert hostile[name].status == "failed"
    assert hostile[name].listed == []


def test_nothing_of_what_they_sent_became_a_notice(hostile: Hostile) -> None:
    assert hostile.crawled is not None
    told = {name for name, heard in hostile.crawled.heard.items() if heard.notices and not name.startswith("good-")}
    assert told == set()


def test_a_large_answer_that_is_given_up_is_not_read_as_a_short_one() -> None:
    large = HTML + b"\r\n" + LIST.encode() + b"<!--" + b"x" * 2 * MEBIBYTE + b"-->"
    with listen({"/udbud": lambda connection, _: connection.sendall(large), "/1": answer(DETAIL)}) as host:
        sources = [page_source("by", host.url + "/udbud", deadline_s=3.0)]
        refused, taken = (run_crawl(sources, most_large_bytes=most).heard["by"] for most in (MEBIBYTE, 8 * MEBIBYTE))
    assert (refused.status, refused.listed) == ("failed", [])
    assert (taken.status, taken.listed) == ("good", ["/1"])


def test_an_address_that_is_too_long_to_be_one_is_not_asked_for(hostile: Hostile) -> None:
    assert "this address is too long" in hostile["long-location"].message
    assert hostile.hosts["long-location"].paths() == ["/udbud"]


@pytest.mark.parametrize("body", [b"<a>" * 1000 + b"</a>" * 1000, b"<a>" + b"x" * 11_000_000 + b"</a>"])
def test_xml_that_is_nested_too_deeply_or_is_one_endless_text_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError, match="the XML cannot be read"):
        xml.load(body, "https://by.example/feed")
