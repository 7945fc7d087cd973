"""The published site, served by the program itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from notifier.web.files import media_type
from tests.notifier.editions import publish
from tests.notifier.examples import NOW, RUNS, SOURCES, TRADES, Handed, some_agreements, some_lots
from tests.notifier.web.make import Place


@pytest.fixture
def site(place: Place) -> Path:
    folder = place.config.site
    (folder / "fag").mkdir(parents=True)
    (folder / "en").mkdir()
    files = {
        "index.html": "<h1>Forside", "en/index.html": "<h1>Front", "fag/cleaning.xml": "<feed/>", ".published": "x",
        "data.csv": "a,b\r\n" * 1000, "fag/.htaccess": "x", "årsrapport.pdf": "%PDF",
    }  # fmt: skip
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8", newline="")
    (folder.parent / "secret.txt").write_text("secret", encoding="utf-8")
    return folder


def get(place: Place, path: str, **headers: str) -> TestResponse:
    return place.client.get(
        path, buffered=True, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def test_every_file_of_a_published_site_is_served_as_it_is(place: Place) -> None:
    publish(
        Handed(some_lots()), some_agreements(), RUNS, place.config.town, place.config.site, NOW,
        trades=TRADES, sources=SOURCES,
    )  # fmt: skip
    files = [path for path in place.config.site.rglob("*") if path.is_file() and not path.name.startswith(".")]
    assert len(files) > 20
    for path in files:
        answer = get(place, f"/site/{path.relative_to(place.config.site).as_posix()}")
        assert (answer.status_code, answer.data) == (200, path.read_bytes())
        assert answer.content_length == path.stat().st_size


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("opgaver/a.html", "text/html; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("soeg.js", "text/javascript; charset=utf-8"),
        ("atom.xml", "application/atom+xml; charset=utf-8"),
        ("en/atom.xml", "application/atom+xml; charset=utf-8"),
        ("en/fag/cleaning.xml", "application/atom+xml; charset=utf-8"),
        ("maerker/reserved.json", "application/feed+json"),
        ("feed.json", "application/feed+json"),
        ("frister.ics", "text/calendar; charset=utf-8"),
        ("data/lots.csv", "text/csv; charset=utf-8"),
        ("data/lots.jsonl", "application/jsonl"),
        ("data/feed.json", "application/json"),
        ("effekt/2026-4.json", "application/json"),
        ("search.json", "application/json"),
        ("sitemap.xml", "application/xml; charset=utf-8"),
        ("robots.txt", "text/plain; charset=utf-8"),
        ("effekt/plot.SVG", "image/svg+xml"),
        ("what", ""),
        ("notifier.toml", ""),
    ],
)
def test_each_file_says_what_it_is(path: str, kind: str) -> None:
    assert media_type(path) == kind


def test_a_folder_shows_its_front_page(place: Place, site: Path) -> None:
    assert site.is_dir()
    assert get(place, "/site/").data == b"<h1>Forside"
    assert get(place, "/site/en/").data == b"<h1>Front"
    assert get(place, "/site").headers["Location"].endswith("/site/")
    moved = get(place, "/site/en")
    assert (moved.status_code, moved.headers["Location"]) == (308, "en/")


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", "fag/../../secret.txt", "fag/..%2f..%2fsecret.txt",
        "..\\secret.txt", "..%5csecret.txt", "%2fetc/passwd", "/etc/passwd", "//etc/passwd", "....//secret.txt",
        "%00", "index.html%00.txt", ".published", "fag/.htaccess", "./index.html", "fag/./cleaning.xml", ".",
        "fag", "fag/", "nothing.html", "index.html/", "index.html/x", "out.txt", "out/secret.txt", "circle", "pipe",
        "a" * 5000, "%ff%fe", "secret.txt", "~root", "en/../.published",
        "visible.txt", "link/config", "link/a.txt", "notifier.toml", "smtp.password", "database.db", "plain.txt",
        "CNAME",
    ],
)  # fmt: skip
def test_nothing_else_is_given_out(place: Place, site: Path, path: str) -> None:
    (site / "out.txt").symlink_to(site.parent / "secret.txt")
    (site / "out").symlink_to(site.parent)
    (site / "circle").symlink_to("circle")
    (site / ".published").write_text("secret", encoding="utf-8")
    (site / "visible.txt").symlink_to(".published")
    (site / ".git").mkdir()
    for hidden in (".git/config", ".git/a.txt", "notifier.toml", "smtp.password", "database.db", "CNAME"):
        (site / hidden).write_text("secret", encoding="utf-8")
    (site / "link").symlink_to(".git")
    (site / "plain.txt").symlink_to("smtp.password")
    os.mkfifo(site / "pipe")
    answer = get(place, f"/site/{path}")
    while answer.status_code in (301, 302, 307, 308):
        answer = get(place, answer.headers["Location"].removeprefix("http://localhost"))
    assert answer.status_code == 404
    assert b"secret" not in answer.data
    assert answer.content_type == "text/html; charset=utf-8"


def test_where_nothing_was_published_yet_there_is_nothing(place: Place) -> None:
    assert get(place, "/site/").status_code == 404


def test_a_file_of_the_operators_is_served_under_its_own_name(place: Place, site: Path) -> None:
    assert (site / "årsrapport.pdf").is_file()
    assert get(place, "/site/%C3%A5rsrapport.pdf").content_type == "application/pdf"


def test_what_a_reader_has_already_is_not_sent_again(place: Place, site: Path) -> None:
    first = get(place, "/site/data.csv")
    assert first.headers["Cache-Control"] == "public, max-age=60"
    for headers in ({"If_None_Match": first.headers["ETag"]}, {"If_Modified_Since": first.headers["Last-Modified"]}):
        again = get(place, "/site/data.csv", **headers)
        assert (again.status_code, again.data) == (304, b"")
    (site / "data.csv").write_bytes(b"another")
    assert get(place, "/site/data.csv", If_None_Match=first.headers["ETag"]).data == b"another"


def test_a_part_of_a_file_can_be_asked_for(place: Place, site: Path) -> None:
    assert site.is_dir()
    some = get(place, "/site/data.csv", Range="bytes=5-8")
    assert (some.status_code, some.data, some.headers["Content-Range"]) == (206, b"a,b\r", "bytes 5-8/5000")
    assert get(place, "/site/data.csv", Range="bytes=9000-").status_code == 416


@pytest.mark.parametrize(
    "asked",
    ["lines=1-2", "bytes=0-1,5-8", "bytes=1-2, 4-", "bytes=", "bytes=-", "bytes=a-b", "bytes=8-5", "bytes", "x", "=",
     "bytes=\u0661-\u0662"],
)  # fmt: skip
def test_a_range_that_is_not_understood_is_ignored(place: Place, site: Path, asked: str) -> None:
    answer = get(place, "/site/data.csv", Range=asked)
    assert (answer.status_code, answer.data) == (200, (site / "data.csv").read_bytes())
    assert answer.headers["Accept-Ranges"] == "bytes"


def test_a_link_within_the_site_is_served_as_what_it_is_called(place: Place, site: Path) -> None:
    (site / "forside.html").symlink_to("index.html")
    answer = get(place, "/site/forside.html")
    assert (answer.data, answer.content_type) == (b"<h1>Forside", "text/html; charset=utf-8")


def test_head_tells_all_but_the_content(place: Place, site: Path) -> None:
    assert site.is_dir()
    whole, head = get(place, "/site/data.csv"), place.client.head("/site/data.csv", buffered=True)
    assert (head.status_code, head.data, head.content_length) == (200, b"", 5000)
    assert head.headers["ETag"] == whole.headers["ETag"]
    assert place.client.post("/site/data.csv").status_code in (403, 405)


def test_pages_may_run_their_own_scripts_and_nothing_else(place: Place, site: Path) -> None:
    assert site.is_dir()
    headers = get(place, "/site/").headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert (policy["default-src"], policy["script-src"], policy["connect-src"]) == ("'none'", "'self'", "'self'")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "script-src" not in get(place, "/").headers["Content-Security-Policy"]


def test_a_file_that_is_replaced_while_it_is_read_is_told_whole(place: Place, site: Path) -> None:
    answer = place.client.get("/site/data.csv", buffered=False)
    (site / "new").write_bytes(b"new")
    (site / "new").replace(site / "data.csv")
    assert answer.data == b"a,b\r\n" * 1000
    answer.close()
