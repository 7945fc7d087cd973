"""A source in alarm, through the whole of `notifier run`: it closes nothing, tells nothing half-read, and says so."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from notifier import config
from notifier.cli.context import open_store
from notifier.lots import RunStatus
from notifier.profiles import Cadence, SubscriberStatus
from notifier.resources import resource
from tests.demos import Demo
from tests.programs import notifier
from tests.spiders.server import Site, serve

pytestmark = pytest.mark.long

MONDAY, TUESDAY, WEDNESDAY = (f"2026-11-{day}T07:00" for day in (23, 24, 25))
WORK = (
    "Rengøring af skoler",
    "Vask af arbejdstøj",
    "Pleje af parker",
    "Frokost til børnehaver",
    "Flytning af møbler",
    "Reparation af cykler",
    "Trykning af pjecer",
    "Pakning af breve",
)
NOTIFIER = """
[town]
name = "Eksempel Kommune"
contact = "udbud@eksempel.example"
base_url = "https://opgaver.eksempel.example"
time_zone = "Europe/Copenhagen"
[paths]
database = "../notifier.db"
outbox = "../outbox"
site = "../site"
staff = "../staff"
rules = "suitability.toml"
[mail]
sender = "opgaver@eksempel.example"
"""
SOURCE = """
kind = "page"
publisher = "Eksempel Kommune"
name = "{name}"
url = "{url}/{id}"
allow_private_address = true
expect = {{ min = 0, max = 8 }}
delay_s = 0
[selectors]
buyer = "Eksempel Kommune"
[selectors.list]
landmark = "main"
row = "li"
empty_text = ["Ingen udbud"]
ignore = ["h1"]
[selectors.list.fields]
title = "h2"
case = "p.sag"
deadline = "p.frist"
description = "p.opgave"
"""


def page(titles: Sequence[str], frist: str = "frist") -> str:
    """A list of tenders; `frist` is the class of the deadline's paragraph."""
    rows = "".join(
        f'<li><h2>{title}</h2><p class="sag">S-{title[:3]}</p><p class="opgave">{title} i fire år.</p>'
        f'<p class="{frist}">12. januar 2027 kl. 12.00</p></li>'
        for title in titles
    )
    return f"<html><body><main><h1>Udbud</h1><ul>{rows}</ul></main></body></html>"


@dataclass
class Town:
    """An installation that reads two sources, and the host that they are on."""

    folder: Path
    site: Site

    def run(self, now: str) -> tuple[int, str]:
        done = notifier(self.folder / "config", "run", now=now)
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout + done.stderr

    def statuses(self) -> dict[str, RunStatus | None]:
        with open_store(config.load(self.folder / "config")) as store:
            return {run.source: run.status for run in store.runs.latest()}

    def published(self) -> dict[str, str]:
        """Text of the page of every lot, by its heading."""
        pages = [file.read_text(encoding="utf-8") for file in (self.folder / "site" / "opgaver").glob("*.html")]
        headings = [re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL) for page in pages]
        return {found[1].strip(): page for found, page in zip(headings, pages, strict=True) if found}

    def states(self) -> dict[str, tuple[str, str]]:
        """State and day of the deadline of every lot that is held."""
        with sqlite3.connect(self.folder / "notifier.db") as database:
            rows = database.execute("SELECT uid FROM lots").fetchall()
        with open_store(config.load(self.folder / "config")) as store:
            views = list(store.lots.views(dt.datetime.fromisoformat(WEDNESDAY).replace(tzinfo=dt.UTC)))
        assert len(views) == len(rows)
        return {v.lot.title: (v.state.value, f"{v.lot.deadline.at:%d-%m}" if v.lot.deadline else "") for v in views}

    def mails(self) -> list[str]:
        """Texts of the mails so far, oldest first."""
        return Demo("", self.folder).texts()

    def staff(self) -> str:
        text = re.sub(r"<[^>]*>", " ", (self.folder / "staff" / "kilder.html").read_text(encoding="utf-8"))
        return " ".join(text.split())


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Two pages of three tenders each, read on Monday without fault; one person is written to daily."""
    with serve({"/by": page(WORK[:3]), "/havn": page(WORK[3:6])}) as site:
        sources = tmp_path / "config" / "sources"
        sources.mkdir(parents=True)
        for id, name in (("by", "Byens udbud"), ("havn", "Havnens udbud")):
            text = SOURCE.format(id=id, name=name, url=site.url)
            (sources / f"{id}.toml").write_text(text, encoding="utf-8")
        (tmp_path / "config" / "notifier.toml").write_text(NOTIFIER, encoding="utf-8")
        (tmp_path / "config" / "suitability.toml").write_bytes(resource("config/suitability.toml").read_bytes())
        with open_store(config.load(tmp_path / "config")) as store:
            store.subscribers.add(
                "post@firma.example",
                language="da",
                cadence=Cadence.DAILY,
                status=SubscriberStatus.CONFIRMED,
                now=dt.datetime(2026, 11, 22, tzinfo=dt.UTC),
            )
        made = Town(tmp_path, site)
        assert made.run(MONDAY)[0] == 0
        assert made.statuses() == {"by": RunStatus.GOOD, "havn": RunStatus.GOOD}
        assert len(made.states()) == 6
        yield made


REDESIGNED = page([*WORK[1:3], "Halvlæst opgave"], frist="tidspunkt")
MORE_THAN_IS_EXPECTED = page([f"{number}. opgave" for number in range(9)])


def test_a_source_in_alarm_changes_nothing_and_is_told_while_the_others_go_on(town: Town) -> None:
    before, public = town.states(), town.published().keys()
    days = ((TUESDAY, REDESIGNED, "deadline", 3), (WEDNESDAY, MORE_THAN_IS_EXPECTED, "9 .*expect", 4))
    for now, broken, why, others in days:
        town.site.answers |= {"/by": broken, "/havn": page(WORK[3 : 4 + others])}
        status, said = town.run(now)
        assert status == 3, said
        assert re.search(f"by: alarm;.*{why}", said), said
        assert town.statuses() == {"by": RunStatus.ALARM, "havn": RunStatus.GOOD}
    after = town.states()
    assert {title: after[title] for title in before} == before, "nothing was closed, nothing lost its deadline"
    assert after.keys() - before.keys() == set(WORK[6:]), "what the others told is held, and nothing half-read"
    assert public <= town.published().keys() <= after.keys()
    assert public
    newest = joined(town.mails()[-1])
    assert "Byens udbud: har ikke kunnet læses siden tirsdag 24. november 2026, for siden ser anderledes ud" in newest
    assert "Havnens udbud: læst" in newest
    assert "Intet fra denne læsning er offentliggjort, og intet er lukket." in town.staff()
    assert "1 kilde kræver, at nogen ser på den." in town.staff()


def test_a_page_for_staff_that_cannot_be_written_is_an_error_and_keeps_nobody_from_their_mail(town: Town) -> None:
    shutil.rmtree(town.folder / "staff")
    (town.folder / "staff").write_text("in the way", encoding="utf-8")
    town.site.answers["/havn"] = page([*WORK[3:6], WORK[7]])
    status, said = town.run(TUESDAY)
    assert status == 1, said
    assert "the page for staff: " in said
    assert WORK[7] in joined(town.mails()[-1])


def joined(mail: str) -> str:
    """A mail's words without its line breaks."""
    return " ".join(mail.split())
