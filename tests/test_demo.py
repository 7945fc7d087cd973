"""`notifier demo`, as a newcomer runs it: what it leaves, and that a reader could follow every link of every mail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from lxml import etree

from notifier.cli.demo import _LEAVES
from tests.demos import Demo

BASE_URL = "https://opgaver.noerrevang.example"


def test_it_leaves_a_database_an_outbox_and_a_site_and_says_where(demo: Demo) -> None:
    for name in ("notifier.db", "outbox", "site/index.html"):
        assert (demo.folder / name).exists()
        assert str(demo.folder / name) in demo.said


def test_it_can_be_run_a_second_time_over_all_that_it_left(demo: Demo) -> None:
    assert {path.name for path in demo.folder.iterdir()} <= _LEAVES


def test_three_subscribers_get_a_mail_on_each_of_the_two_days(demo: Demo) -> None:
    assert len(demo.mails()) == 6
    assert len({mail["To"] for mail in demo.mails()}) == 3
    assert {str(mail["Date"])[:16] for mail in demo.mails()} == {"Mon, 23 Nov 2026", "Tue, 24 Nov 2026"}


@pytest.mark.parametrize(
    "heading",
    ["NYE OPGAVER", "FRISTEN NÆRMER SIG", "ÆNDRET SIDEN SIDST", "PLANLAGTE UDBUD", "INDKØBSAFTALER, DER UDLØBER",
     "NEW TASKS", "CHANGED SINCE LAST TIME", "PURCHASING AGREEMENTS THAT EXPIRE"],
)  # fmt: skip
def test_the_mails_together_show_every_section(demo: Demo, heading: str) -> None:
    assert any(heading in text for text in demo.texts())


def test_the_moved_deadline_is_told_from_day_to_day(demo: Demo) -> None:
    told = " ".join(" ".join(demo.texts()).split())
    assert "flyttet fra 1. december 2026 kl. 12.00 til 8. december 2026 kl. 12.00" in told


def test_the_withdrawn_tender_is_told_to_those_who_were_told_of_it(demo: Demo) -> None:
    assert any("is cancelled" in text or "er annulleret" in text for text in demo.texts())


def test_every_link_of_every_mail_leads_to_a_page_that_was_published(demo: Demo) -> None:
    links = [
        str(link["href"])
        for html in demo.texts("html")
        for link in BeautifulSoup(html, "lxml").find_all("a", href=True)
    ]
    own = [link for link in links if link.startswith(BASE_URL)]
    assert len(own) > 20
    missing = [link for link in own if not _file(demo, link).is_file()]
    assert missing == []
    assert all(link.startswith((BASE_URL, "http://127.0.0.1:8791/")) for link in links)


def _file(demo: Demo, link: str) -> Path:
    path = link.removeprefix(BASE_URL).split("#")[0].strip("/")
    return demo.folder / "site" / (path if path.endswith((".html", ".xml")) else f"{path}/index.html")


def test_text_and_html_of_a_mail_name_the_same_lots(demo: Demo) -> None:
    for mail in demo.mails():
        plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
        assert plain is not None
        assert html is not None
        text = plain.get_content()
        soup = BeautifulSoup(html.get_content(), "lxml")
        pages = {str(link["href"]) for link in soup.find_all("a", href=True) if "/opgaver/" in str(link["href"])}
        assert pages
        assert all(page in text for page in pages)


def test_no_lot_is_told_as_new_twice_to_the_same_subscriber(demo: Demo) -> None:
    told: dict[str, list[str]] = {}
    for mail in demo.mails():
        body = mail.get_body(("plain",))
        assert body is not None
        section = body.get_content().split("NYE OPGAVER" if "NYE OPGAVER" in body.get_content() else "NEW TASKS")
        if len(section) == 2:
            part = section[1].split("\n\n\n")[0]
            told.setdefault(str(mail["To"]), []).extend(word for word in part.split() if "/opgaver/" in word)
    assert told
    assert all(len(links) == len(set(links)) for links in told.values())


def test_every_page_of_the_site_links_only_to_pages_that_are_there(demo: Demo) -> None:
    site = demo.folder / "site"
    for page in site.rglob("*.html"):
        for link in BeautifulSoup(page.read_bytes(), "lxml").find_all("a", href=True):
            href = str(link["href"]).split("#")[0]
            if href and "://" not in href and not href.startswith("mailto:"):
                target = (page.parent / href).resolve() if not href.startswith("/") else site / href.lstrip("/")
                assert target.is_file() or (target / "index.html").is_file(), f"{page}: {href}"


def test_the_feeds_are_atom(demo: Demo) -> None:
    for path in ("atom.xml", "en/atom.xml"):
        root = etree.parse(demo.folder / "site" / path).getroot()
        assert root.tag == "{http://www.w3.org/2005/Atom}feed"
        assert len(root.findall("{http://www.w3.org/2005/Atom}entry")) > 10


def test_a_second_demo_takes_the_place_of_the_first_but_of_nothing_else(demo: Demo, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "letters.txt").write_text("kept", encoding="utf-8")
    command = [sys.executable, "-m", "notifier", "demo", "--to", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "letters.txt" in done.stderr
    assert (folder / "letters.txt").read_text(encoding="utf-8") == "kept"
