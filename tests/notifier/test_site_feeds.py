"""Feeds of all lots, per trade and per mark: valid by their formats' own tools, and never going back."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import feedparser
import jsonschema
import pytest
from bs4 import BeautifulSoup
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from lxml import etree

from notifier.door import Door
from notifier.ledger import LEDGER
from notifier.lots import LotAlias, LotState, LotView, Verdict
from notifier.site import feedplan
from notifier.site.documents import Edition
from notifier.site.feed import entry_id, lot_entry
from notifier.site.feedplan import MEMORY, SHOWN_FOR
from notifier.site.sections import calendars, feeds, follow
from notifier.words import words
from tests.notifier.editions import edition, feeds_said, files_of
from tests.notifier.examples import NOW, TOWN, TRADES, assessment, at, lot, lot_view, notice, some_lots
from tests.notifier.test_publish import put
from tests.notifier.test_site import PAYLOADS, hostile, hostile_view

ATOM = "{http://www.w3.org/2005/Atom}"
FORMATS = Path(__file__).parent / "formats"
GRAMMAR = etree.RelaxNG(etree.parse(FORMATS / "atom.rng"))
SCHEMA = jsonschema.Draft202012Validator(json.loads((FORMATS / "jsonfeed-1.1.schema.json").read_text(encoding="utf-8")))
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Told:
    """An entry as a feed reader has it."""

    title: str
    updated: str
    link: str
    text: str


def check(files: Mapping[str, bytes]) -> None:
    """Every feed is valid by its format's own tools."""
    for path, content in files.items():
        if path.endswith(".xml"):
            root = etree.fromstring(content)
            assert GRAMMAR.validate(root), GRAMMAR.error_log.last_error
            for entry in root.iterfind(f"{ATOM}entry"):  # the appendix's Schematron rule, and section 4.1.1
                assert (
                    entry.find(f"{ATOM}content") is not None or entry.find(f"{ATOM}link[@rel='alternate']") is not None
                )
            read = feedparser.parse(io.BytesIO(content))
            assert (read.bozo, read.version) == (False, "atom10"), read.get("bozo_exception")
            assert [entry.id for entry in read.entries] == list(entries(content))
        else:
            SCHEMA.validate(json.loads(content))


def entries(atom: bytes) -> dict[str, Told]:
    """The entries of an Atom feed by their identifiers, in their order."""
    found: dict[str, Told] = {}
    for entry in etree.fromstring(atom).iterfind(f"{ATOM}entry"):
        link = entry.find(f"{ATOM}link[@rel='alternate']")
        name = entry.findtext(f"{ATOM}id", "")
        assert name not in found
        found[name] = Told(
            entry.findtext(f"{ATOM}title", ""),
            entry.findtext(f"{ATOM}updated", ""),
            "" if link is None else link.get("href", ""),
            entry.findtext(f"{ATOM}summary", "") or entry.findtext(f"{ATOM}content", ""),
        )
    return found


def updated(atom: bytes) -> str:
    return etree.fromstring(atom).findtext(f"{ATOM}updated", "")


def ident(view: LotView, language: str = "da") -> str:
    return f"tag:opgaver.eksempelby.example,2026:{language}/lot/{view.uid}"


def after(made: Edition) -> Mapping[str, bytes]:
    """What the next publication remembers of this one."""
    return feeds.SECTION.remember(made)


# -- what there is ---------------------------------------------------------------------------------------------------


def test_there_is_a_feed_of_all_of_each_trade_and_of_each_mark_in_both_languages_and_forms() -> None:
    files = files_of(feeds.SECTION, edition(some_lots()))
    names = {"fag/cleaning", "fag/green", "fag/food", "fag/textile"}
    names |= {"maerker/reserved", "maerker/suitable", "maerker/possible"}
    wanted = {"atom.xml", "feed.json", *(f"{name}.{form}" for name in names for form in ("xml", "json"))}
    assert files.keys() == wanted | {f"en/{name}" for name in wanted}
    assert all(feeds.SECTION.has(path) for path in files)
    check(files)


def test_a_lot_stands_in_the_feeds_of_its_mark_and_its_trades_under_one_identifier() -> None:
    files = files_of(feeds.SECTION, edition(some_lots()))
    green = next(view for view in some_lots() if view.slug.startswith("pleje"))
    having = {path for path, content in files.items() if ident(green).encode() in content}
    assert having == {
        f"{name}.{form}" if name else {"xml": "atom.xml", "json": "feed.json"}[form]
        for name in ("", "fag/green", "maerker/reserved")
        for form in ("xml", "json")
    }
    told = [entries(files[path])[ident(green)] for path in having if path.endswith(".xml")]
    assert told == [told[0]] * 3


@pytest.mark.parametrize(
    ("uid", "tag"),
    [
        ("6f3e2a10-4c1d/LOT-0001", "6f3e2a10-4c1d/LOT-0001"),
        ("award:town:7/1", "award:town:7/1"),
        ("rødkøbing:12/1", "r%C3%B8dk%C3%B8bing:12/1"),
        ("a b?c#d&e%", "a%20b%3Fc%23d%26e%25"),
    ],
)
def test_identifiers_are_written_as_they_were_from_the_beginning(uid: str, tag: str) -> None:
    # Readers know entries by them: spelt otherwise, all of them would be shown as new.
    assert entry_id(uid, TOWN, "da") == f"tag:opgaver.eksempelby.example,2026:da/lot/{tag}"
    assert entry_id(uid, TOWN, "en") == f"tag:opgaver.eksempelby.example,2026:en/lot/{tag}"


def test_a_feed_names_itself_its_page_and_its_language() -> None:
    files = files_of(feeds.SECTION, edition(some_lots()))
    read = feedparser.parse(io.BytesIO(files["en/fag/green.xml"])).feed
    links = {link.rel: link.href for link in read.links}
    assert links == {"self": f"{TOWN.base_url}/en/fag/green.xml", "alternate": f"{TOWN.base_url}/en/fag/green.html"}
    assert (read.id, read.language) == ("tag:opgaver.eksempelby.example,2026:en/feed/fag/green", "en")
    assert "Gardening" in read.title
    told = json.loads(files["en/fag/green.json"])
    assert (told["feed_url"], told["home_page_url"]) == (f"{TOWN.base_url}/en/fag/green.json", links["alternate"])
    assert told["language"] == "en"
    names = {
        entry.findtext(f"{ATOM}id")
        for path, entry in (
            (path, etree.fromstring(content)) for path, content in files.items() if path.endswith(".xml")
        )
    }
    assert len(names) == 16
    assert "tag:opgaver.eksempelby.example,2026:da/feed" in names  # as it always was


def test_an_entry_has_its_mark_and_trades_as_categories_and_its_source_as_a_link() -> None:
    content = files_of(feeds.SECTION, edition((lot_view(),)))
    (entry,) = feedparser.parse(io.BytesIO(content["atom.xml"])).entries
    assert [(tag.term, tag.label) for tag in entry.tags] == [("suitable", "Relevant"), ("cleaning", "Rengøring")]
    assert {link.rel: link.href for link in entry.links}["via"] == lot_view().notice.url
    (item,) = json.loads(content["feed.json"])["items"]
    assert item["tags"] == ["Relevant", "Rengøring"]
    assert (item["external_url"], item["url"]) == (
        lot_view().notice.url,
        f"{TOWN.base_url}/opgaver/{lot_view().slug}.html",
    )
    assert (item["id"], item["content_text"]) == (entry.id, entry.summary)
    assert (item["date_published"], item["date_modified"]) == (entry.published, entry.updated)


def test_a_feed_holds_the_newest_and_says_when_it_last_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedplan, "ENTRIES", 3)
    views = [lot_view(f"opgave-{number}", updated=NOW - number * DAY) for number in range(5)]
    content = files_of(feeds.SECTION, edition(views))["atom.xml"]
    assert list(entries(content)) == [ident(view) for view in views[:3]]
    assert updated(content) == f"{NOW.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def test_of_many_lots_each_that_changed_costs_one_entry_in_a_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = tuple(lot_view(f"opgave-{number}") for number in range(12))
    put(tmp_path, views)
    made: list[str] = []
    real = lot_entry

    def counted(view: LotView, *rest: Any) -> Any:
        made.append(view.uid)
        return real(view, *rest)

    monkeypatch.setattr(feeds, "lot_entry", counted)
    put(tmp_path, views)
    assert made == []
    changed = replace(views[7], lot=lot(title="Ny titel"), updated=NOW)
    put(tmp_path, (*views[:7], changed, *views[8:]))
    assert made == [changed.uid] * 2
    check({path: (tmp_path / path).read_bytes() for path in ("atom.xml", "feed.json", "en/fag/cleaning.json")})
    assert next(iter(entries((tmp_path / "fag/cleaning.xml").read_bytes()))) == ident(changed)


# -- what is withdrawn -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "words_of"),
    [
        (lambda view: replace(view, state=LotState.CANCELLED), "site.feed_cancelled"),
        (lambda view: replace(view, state=LotState.GONE), "site.feed_gone"),
        (lambda view: replace(view, hidden=True), "feeds.off_title"),
        (lambda view: replace(view, assessment=assessment(Verdict.UNSUITABLE, trades=())), "feeds.unmarked_title"),
    ],
    ids=["cancelled", "gone", "hidden", "unmarked"],
)
def test_what_was_in_a_feed_and_is_withdrawn_is_told_under_its_identifier_and_is_newer(now: Any, words_of: str) -> None:
    view = lot_view()
    first = edition((view,))
    before = entries(files_of(feeds.SECTION, first)["atom.xml"])[ident(view)]
    then = edition((now(view),), now=NOW + DAY, memory=after(first))
    files = files_of(feeds.SECTION, then)
    check(files)
    title = words("da")(words_of, title=view.lot.title)
    for path in ("atom.xml", "fag/cleaning.xml", "maerker/suitable.xml"):
        told = entries(files[path])[ident(view)]
        assert (told.title, told.updated > before.updated) == (title, True)
        assert updated(files[path]) == told.updated
    assert not entries(files["maerker/reserved.xml"])
    if "feeds." in words_of:
        everything = b"".join(files.values())
        assert view.lot.title.encode() not in everything
        assert f"opgaver/{view.slug}".encode() not in everything


def test_a_lot_outside_the_places_that_are_followed_is_told_as_taken_off() -> None:
    view = lot_view()
    then = edition(outside=(view,), memory=after(edition((view,))))
    assert entries(files_of(feeds.SECTION, then)["atom.xml"])[ident(view)].title == words("da")("feeds.off_title")


def test_a_lot_that_turned_out_to_be_another_leads_there() -> None:
    view, goal = lot_view("en"), lot_view("to", of_lot=lot(title="Den rigtige"))
    alias = LotAlias(view.uid, view.slug, goal.uid)
    then = edition((goal,), aliases=(alias,), memory=after(edition((view, goal))), now=NOW + DAY)
    files = files_of(feeds.SECTION, then)
    check(files)
    told = entries(files["en/atom.xml"])[ident(view, "en")]
    assert told.link == f"{TOWN.base_url}/en/opgaver/to.html"
    assert told.title == words("en")("feeds.moved_title", title="Den rigtige")
    hidden = edition((replace(goal, hidden=True),), aliases=(alias,), memory=after(then), now=NOW + 2 * DAY)
    again = entries(files_of(feeds.SECTION, hidden)["en/atom.xml"])[ident(view, "en")]
    assert (again.title, again.link) == (words("en")("feeds.off_title"), "")
    assert again.updated > told.updated


def test_what_was_in_no_feed_is_not_told_as_taken_off() -> None:
    hidden, alias = replace(lot_view("skjult"), hidden=True), LotAlias("town:1/1", "gammel", lot_view().uid)
    first = edition((hidden, lot_view()), aliases=(alias,))
    assert list(entries(files_of(feeds.SECTION, first)["atom.xml"])) == [ident(lot_view())]


def test_what_one_could_act_on_and_expired_leaves_in_silence_and_is_not_told_when_it_is_hidden_later() -> None:
    view = lot_view()
    first = edition((view,))
    later = at("2026-12-20")
    expired = edition((view,), now=later, memory=after(first))
    assert not entries(files_of(feeds.SECTION, expired)["atom.xml"])
    hidden = edition((replace(view, hidden=True),), now=later + DAY, memory=after(expired))
    assert not entries(files_of(feeds.SECTION, hidden)["atom.xml"])


def test_what_is_withdrawn_is_told_for_a_while() -> None:
    view = lot_view(of_lot=lot(deadline=None))
    hidden = replace(view, hidden=True)
    then = edition((hidden,), now=NOW + DAY, memory=after(edition((view,))))
    last = edition((hidden,), now=NOW + DAY + dt.timedelta(seconds=SHOWN_FOR), memory=after(then))
    assert entries(files_of(feeds.SECTION, last)["atom.xml"]).keys() == {ident(view)}
    gone = edition((hidden,), now=last.now + DAY, memory=after(last))
    assert not entries(files_of(feeds.SECTION, gone)["atom.xml"])
    assert all(lot_view().uid.encode() in after(one)[MEMORY] for one in (then, last))
    assert lot_view().uid.encode() not in after(gone)[MEMORY]  # the folder is told to everybody
    still = edition((hidden,), now=gone.now + DAY, memory=after(gone))
    assert after(still) == after(gone)
    back = edition((view,), now=gone.now + DAY, memory=after(gone))
    assert lot_view().uid.encode() in after(back)[MEMORY]
    stamps = [entries(files_of(feeds.SECTION, one)["atom.xml"])[ident(view)].updated for one in (last, back)]
    assert stamps == sorted(set(stamps))


def test_a_lot_with_another_mark_says_so_in_the_feed_that_it_leaves_and_is_newer() -> None:
    view = lot_view()
    first = edition((view,))
    possible = replace(view, assessment=assessment(Verdict.POSSIBLE))
    then = edition((possible,), now=NOW + DAY, memory=after(first))
    files = files_of(feeds.SECTION, then)
    left, there = (entries(files[f"maerker/{mark}.xml"])[ident(view)] for mark in ("suitable", "possible"))
    assert left == there
    assert words("da")("common.verdict_possible") in left.text
    assert left.updated > entries(files_of(feeds.SECTION, first)["atom.xml"])[ident(view)].updated
    later = edition((possible,), now=NOW + 120 * DAY, memory=after(then))
    assert not entries(files_of(feeds.SECTION, later)["maerker/suitable.xml"])


def test_a_lot_that_waits_for_its_assessment_or_that_the_database_lost_is_not_called_withdrawn() -> None:
    view = lot_view()
    first = edition((view,))
    for lots in ((replace(view, assessment=None),), ()):
        then = edition(lots, now=NOW + DAY, memory=after(first))
        assert not entries(files_of(feeds.SECTION, then)["atom.xml"])
        back = edition((view,), now=NOW + 2 * DAY, memory=after(then))
        assert files_of(feeds.SECTION, back) == files_of(feeds.SECTION, first)


# -- never back ------------------------------------------------------------------------------------------------------


def test_an_older_backup_of_the_database_makes_nothing_older() -> None:
    new, old = lot_view(updated=at("2026-11-20")), lot_view(updated=at("2026-11-10"))
    first = edition((new,))
    restored = files_of(feeds.SECTION, edition((old,), memory=after(first)))["atom.xml"]
    before = files_of(feeds.SECTION, first)["atom.xml"]
    assert entries(restored)[ident(new)].updated >= entries(before)[ident(new)].updated
    assert updated(restored) >= updated(before)


def test_a_folder_without_its_ledger_goes_by_what_its_feeds_say(tmp_path: Path) -> None:
    view = lot_view()
    put(tmp_path, (view,), now=NOW)
    before = entries((tmp_path / "fag/cleaning.xml").read_bytes())[ident(view)]
    (tmp_path / LEDGER).unlink()
    put(tmp_path, (replace(view, hidden=True),), now=at("2026-10-01"))  # the clock was set back as well
    told = entries((tmp_path / "fag/cleaning.xml").read_bytes())[ident(view)]
    assert told.title == words("da")("feeds.off_title")
    assert told.updated > before.updated


def test_a_folder_of_before_keeps_its_times(tmp_path: Path) -> None:
    view = lot_view(updated=at("2026-11-10"))
    content = files_of(feeds.SECTION, edition((replace(view, updated=at("2026-11-20")),)))["atom.xml"]
    (tmp_path / "atom.xml").write_bytes(content)
    (tmp_path / LEDGER).touch()
    put(tmp_path, (view,))
    assert entries((tmp_path / "atom.xml").read_bytes())[ident(view)] == entries(content)[ident(view)]


@pytest.mark.parametrize("memory", [b"", b"\x00", b"\xc1" * 9, b"\x83\xa7version\x63\xa5feeds\x80\xa4lots\x80"])
def test_a_memory_that_cannot_be_read_counts_as_none(memory: bytes) -> None:
    made = edition(some_lots(), memory={feedplan.MEMORY: memory})
    assert files_of(feeds.SECTION, made) == files_of(feeds.SECTION, edition(some_lots()))


class Publications(RuleBasedStateMachine):
    """Publications one after the other, of lots that appear, change, vanish and come back."""

    @initialize()
    def begin(self) -> None:
        self.now = NOW
        self.lots: dict[str, LotView] = {}
        self.lost: dict[str, LotView] = {}
        self.aliases: dict[str, LotAlias] = {}
        self.memory: Mapping[str, bytes] = {}
        self.before: Mapping[str, Any] = {}
        self.files: dict[str, bytes] = {}
        # By feed and identifier: the newest time, and what was said.
        self.highest: dict[tuple[str, str], tuple[str, str]] = {}

    def some(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.lots)))

    @rule(verdict=st.sampled_from([Verdict.RESERVED, Verdict.SUITABLE, Verdict.UNSUITABLE]))
    def appears(self, verdict: Verdict) -> None:
        number = len(self.lots) + len(self.lost) + len(self.aliases)
        self.lots[f"nr-{number}"] = lot_view(
            f"nr-{number}",
            of_lot=lot(title=f"Titel{number}x0", deadline=None),
            of_notice=notice(title=f"U{number}x"),
            judged=assessment(verdict),
            first_seen=self.now,
        )

    @precondition(lambda self: self.lots)
    @rule(data=st.data(), state=st.sampled_from([*LotState]), verdict=st.sampled_from([*Verdict]), hidden=st.booleans())
    def changes(self, data: st.DataObject, state: LotState, verdict: Verdict, hidden: bool) -> None:
        slug = self.some(data)
        view = self.lots[slug]
        if data.draw(st.booleans()):
            stem, _, version = view.lot.title.partition("x")
            view = replace(view, lot=replace(view.lot, title=f"{stem}x{int(version) + 1}"), updated=self.now)
        self.lots[slug] = replace(view, state=state, assessment=assessment(verdict), hidden=hidden)

    @precondition(lambda self: self.lots)
    @rule(data=st.data())
    def turns_out_to_be_another(self, data: st.DataObject) -> None:
        slug, goal = self.some(data), self.some(data)
        if slug != goal and not any(alias.lot_uid == self.lots[slug].uid for alias in self.aliases.values()):
            self.aliases[slug] = LotAlias(self.lots[slug].uid, slug, self.lots[goal].uid)
            del self.lots[slug]

    @precondition(lambda self: self.lots)
    @rule(data=st.data())
    def is_lost_with_the_database(self, data: st.DataObject) -> None:
        slug = self.some(data)
        self.lost[slug] = self.lots.pop(slug)

    @rule()
    def is_found_again(self) -> None:
        self.lots |= self.lost
        self.lost = {}

    @rule(days=st.sampled_from([-30, -1, 1, 20, 100]))
    def time_passes(self, days: int) -> None:
        self.now += days * DAY

    @rule()
    def the_ledger_is_lost(self) -> None:
        self.memory, self.before = {}, feeds_said(self.files)
        there = {(path, name) for path, known in self.before.items() for name in known.entries}
        # Times stand in the feeds; what was said of a lot does not, to compare it with.
        self.highest = {key: (at, "") for key, (at, _) in self.highest.items() if key in there or not key[1]}

    @rule()
    def is_published(self) -> None:
        made = edition(
            tuple(self.lots.values()),
            now=self.now,
            aliases=tuple(self.aliases.values()),
            trades=TRADES[:1],
            languages=("da",),
            memory=self.memory,
            before=self.before,
        )
        last, self.files = self.files, files_of(feeds.SECTION, made)
        self.memory = {**feeds.SECTION.remember(made)}
        check(self.files)
        self._nothing_goes_back()
        self._what_is_withdrawn_is_told(last)
        self._what_is_open_is_there()

    def _nothing_goes_back(self) -> None:
        for path, content in self.files.items():
            if not path.endswith(".xml"):
                continue
            told = {name: (one.updated, f"{one.title} {one.text}") for name, one in entries(content).items()}
            for name, (at_, said) in ({"": (updated(content), "")} | told).items():
                before_at, before_said = self.highest.get((path, name), ("", said))
                assert at_ >= before_at
                assert before_said in ("", said) or at_ > before_at, "another word has to be newer"
                self.highest[path, name] = (at_, said)

    def _what_is_open_is_there(self) -> None:
        there = {path: entries(content).keys() for path, content in self.files.items() if path.endswith(".xml")}
        for view in self.lots.values():
            if view.public and view.state in (LotState.OPEN, LotState.PLANNED):
                assert view.assessment is not None
                for path in ("atom.xml", "fag/cleaning.xml", f"maerker/{view.assessment.verdict}.xml"):
                    assert ident(view) in there[path]

    def _what_is_withdrawn_is_told(self, last: Mapping[str, bytes]) -> None:
        everything = b"".join(self.files.values())
        shown = {view.uid for view in self.lots.values() if view.public}
        for view in (*self.lots.values(), *self.lost.values()):
            if view.uid not in shown:
                assert f"{view.lot.title.partition('x')[0]}x".encode() not in everything
        withdrawn = {
            ident(view)
            for view in self.lots.values()
            if not view.public or view.state in (LotState.CANCELLED, LotState.GONE)
        }
        withdrawn |= {f"tag:opgaver.eksempelby.example,2026:da/lot/{alias.uid}" for alias in self.aliases.values()}
        for path in (path for path in last if path.endswith(".xml")):
            to_act_on = {name for name, one in entries(last[path]).items() if one.title.startswith("Titel")}
            assert withdrawn & to_act_on <= entries(self.files[path]).keys()


Publications.TestCase.settings = settings(
    max_examples=12, stateful_step_count=16, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestPublications = Publications.TestCase


# -- hostile text ----------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=20)
@given(hostile)
def test_hostile_text_keeps_every_feed_valid(text: str) -> None:
    view = replace(hostile_view(text), assessment=assessment(Verdict.POSSIBLE))
    made = edition((view, hostile_view(text)), trades=TRADES[:1])
    files = files_of(feeds.SECTION, made)
    check(files)
    assert not [1 for content in files.values() if b"\\u0000" in content or b"\\ud800" in content]


@pytest.mark.parametrize("text", PAYLOADS)
def test_a_feed_reader_shows_a_hostile_title_as_it_is(text: str) -> None:
    view = lot_view(of_lot=lot(title=f"Opgave {text}"))
    (item,) = json.loads(files_of(feeds.SECTION, edition((view,)))["feed.json"])["items"]
    content = files_of(feeds.SECTION, edition((view,)))["atom.xml"]
    assert entries(content)[ident(view)].title == item["title"]
    assert item["title"].startswith("Opgave ")


# -- the page that says how to use them ------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "folder"), [("da", ""), ("en", "en/")])
def test_every_feed_and_calendar_stands_on_the_page_that_says_how_to_follow(language: str, folder: str) -> None:
    made = edition(some_lots(), languages=(language,))
    there = files_of(feeds.SECTION, made).keys() | files_of(calendars.SECTION, made).keys()
    soup = BeautifulSoup(files_of(follow.SECTION, made)[f"{folder}foelg.html"], "lxml")
    links = soup.select("main a[href]")
    webcal = f"webcal://{TOWN.base_url.removeprefix('https://')}/{folder}"
    assert {f"{folder}{str(link['href']).removeprefix(webcal)}" for link in links} >= there
    names = [link.get("aria-label") or link.get_text() for link in links]
    assert len(set(names)) == len(names)
    shown = [code.get_text() for code in soup.select("code.address")]
    everything = ("frister.ics", "aftaler.ics", "atom.xml", "feed.json")
    assert shown == [f"{TOWN.base_url}/{folder}{name}" for name in everything]
    assert TOWN.contact in soup.get_text()
    (found,) = soup.select('link[rel=alternate][type="application/feed+json"]')
    assert str(found["href"]).endswith("feed.json")


def test_mail_comes_first_where_there_is_a_door() -> None:
    made = replace(edition(), door=Door("https://svar.eksempelby.example"))
    soup = BeautifulSoup(files_of(follow.SECTION, made)["en/foelg.html"], "lxml")
    assert soup.select("main a")[0]["href"] == "https://svar.eksempelby.example/en/sign-up"
