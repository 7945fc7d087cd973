"""Feeds of all lots, per trade and per mark: valid by their formats' own tools, and never going back."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import feedparser
import jsonschema
import msgspec
import pytest
from bs4 import BeautifulSoup
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from icalendar import Calendar
from lxml import etree

from notifier import publish as publishing
from notifier.door import Door
from notifier.ledger import LEDGER, PROMISED
from notifier.lots import AgreementView, LotAlias, LotState, LotView, Money, Verdict
from notifier.site import feedplan
from notifier.site.calendar import calendar
from notifier.site.documents import Edition
from notifier.site.feed import Known, entry_id, feed, lot_entry
from notifier.site.feedplan import MEMORY, SHOWN_FOR
from notifier.site.reader import reader
from notifier.site.sections import calendars, feeds, follow
from notifier.words import words
from tests.notifier.editions import edition, feeds_said, files_of, publish
from tests.notifier.examples import (
    NOW,
    TOWN,
    TRADES,
    Handed,
    Trade,
    agreement_view,
    assessment,
    at,
    lot,
    lot_view,
    notice,
    some_lots,
)
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


def test_a_new_assessment_with_the_same_mark_and_trades_makes_the_entry_newer() -> None:
    view = lot_view()
    first = edition((view,))
    judged = replace(view, assessment=assessment(value_per_year=Money(Decimal(777_000))))
    then = edition((judged,), now=NOW + DAY, memory=after(first))
    before, told = (entries(files_of(feeds.SECTION, one)["atom.xml"])[ident(view)] for one in (first, then))
    assert told.text != before.text
    assert told.updated == f"{(NOW + DAY).astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
    again = edition((judged,), now=NOW + 2 * DAY, memory=after(then))
    assert files_of(feeds.SECTION, again) == files_of(feeds.SECTION, then)


def test_an_entry_that_leads_to_another_lot_is_newer_when_that_has_another_title_and_ends_all_the_same() -> None:
    view, goal = lot_view("en"), lot_view("to")
    aliases = (LotAlias(view.uid, view.slug, goal.uid),)
    moved = edition((goal,), aliases=aliases, memory=after(edition((view, goal))), now=NOW + DAY)
    named = replace(goal, lot=lot(title="Nyt navn"))
    then = edition((named,), aliases=aliases, memory=after(moved), now=NOW + 80 * DAY)
    before, told = (entries(files_of(feeds.SECTION, one)["atom.xml"])[ident(view)] for one in (moved, then))
    assert told.title == words("da")("feeds.moved_title", title="Nyt navn")
    assert told.updated > before.updated
    last = edition((named,), aliases=aliases, memory=after(then), now=NOW + 92 * DAY)
    assert ident(view) not in entries(files_of(feeds.SECTION, last)["atom.xml"])


def test_rules_that_judge_everything_anew_keep_the_lots_that_were_found_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedplan, "ENTRIES", 3)
    views = [lot_view(f"nr-{number}", first_seen=NOW - number * DAY) for number in (3, 1, 0, 4, 2)]
    first = edition(views)
    judged = [replace(view, assessment=assessment(score=1.0, value_per_year=None)) for view in views]
    then = files_of(feeds.SECTION, edition(judged, now=NOW + DAY, memory=after(first)))["atom.xml"]
    assert list(entries(then)) == list(entries(files_of(feeds.SECTION, first)["atom.xml"]))


def _as_first_remembered(memory: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Without fingerprints, and without lots that were too old to be in a feed."""
    noted = msgspec.msgpack.decode(memory[feedplan.MEMORY])
    del noted["others"]
    for one in noted["lots"].values():
        one["said"] = one["said"].rpartition("#")[0]
    return {feedplan.MEMORY: msgspec.msgpack.encode(noted)}


def test_what_was_remembered_before_there_were_fingerprints_makes_nothing_newer() -> None:
    goal, off = lot_view("goal"), replace(lot_view("off"), hidden=True)
    aliases = (LotAlias(lot_view("moved").uid, "moved", goal.uid),)
    lots = (*some_lots(), goal, off)
    first = edition((*some_lots(), goal, lot_view("off"), lot_view("moved")))
    second = edition(lots, aliases=aliases, now=NOW + DAY, memory=after(first))
    third = edition(lots, aliases=aliases, now=NOW + 2 * DAY, memory=_as_first_remembered(after(second)))
    assert files_of(feeds.SECTION, third) == files_of(feeds.SECTION, second)
    judged = replace(goal, assessment=assessment(value_per_year=None))
    then = edition((*some_lots(), judged, off), aliases=aliases, now=NOW + 3 * DAY, memory=after(third))
    newer = entries(files_of(feeds.SECTION, then)["atom.xml"])[ident(goal)]
    assert newer.updated > entries(files_of(feeds.SECTION, third)["atom.xml"])[ident(goal)].updated


def test_an_old_lot_that_is_marked_late_is_new_when_it_enters_and_stays_as_it_is() -> None:
    old, news = lot_view("old", first_seen=NOW - 90 * DAY), lot_view("new", first_seen=NOW - DAY)
    first = edition((replace(old, assessment=assessment(Verdict.UNSUITABLE)), news))
    then = edition((old, news), now=NOW + DAY, memory=after(first))
    content = files_of(feeds.SECTION, then)["atom.xml"]
    assert list(entries(content)) == [ident(old), ident(news)]
    told = entries(content)[ident(old)].updated
    assert told == updated(content) == f"{(NOW + DAY).astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
    assert b"<published>2026-08-25" in content
    again = edition((old, news), now=NOW + 2 * DAY, memory=after(then))
    assert files_of(feeds.SECTION, again) == files_of(feeds.SECTION, then)


def test_a_lot_that_was_too_old_to_be_in_a_feed_is_not_new_when_there_is_room_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feedplan, "ENTRIES", 2)
    views = [lot_view(f"nr-{number}", first_seen=NOW - number * DAY) for number in range(3)]
    first = edition(views)
    second = edition(views, now=NOW + DAY, memory=after(first))
    assert files_of(feeds.SECTION, second) == files_of(feeds.SECTION, first)
    awarded = (replace(views[0], state=LotState.AWARDED), *views[1:])
    content = files_of(feeds.SECTION, edition(awarded, now=NOW + 2 * DAY, memory=after(second)))["atom.xml"]
    assert {name: one.updated[:10] for name, one in entries(content).items()} == {
        ident(views[1]): "2026-11-22",
        ident(views[2]): "2026-11-21",
    }


def test_identifiers_are_made_of_a_lots_own_whatever_letters_that_has() -> None:
    views = [replace(lot_view(), uid="ted:712345-2026/LOT-0001"), replace(lot_view("to"), uid="by/skolemad-på-øen")]
    files = files_of(feeds.SECTION, edition(views, languages=("da",)))
    assert set(entries(files["atom.xml"])) == {
        "tag:opgaver.eksempelby.example,2026:da/lot/ted:712345-2026/LOT-0001",
        "tag:opgaver.eksempelby.example,2026:da/lot/by/skolemad-p%C3%A5-%C3%B8en",
    }
    assert {item["id"] for item in json.loads(files["feed.json"])["items"]} == set(entries(files["atom.xml"]))
    check(files)


def test_a_site_that_moves_keeps_its_identifiers_where_their_host_is_named() -> None:
    made = edition(some_lots())
    moved = replace(made, town=replace(TOWN, base_url="https://ny.example", id_host="opgaver.eksempelby.example"))
    before, there = files_of(feeds.SECTION, made), files_of(feeds.SECTION, moved)
    for path, content in before.items():
        assert content.replace(TOWN.base_url.encode(), b"https://ny.example") == there[path]
    assert b"tag:opgaver.eksempelby.example,2026:scheme/mark" in there["atom.xml"]


def test_a_subscribers_own_feed_and_calendar_keep_their_identifiers_when_the_site_moves() -> None:
    moved, one = (
        replace(TOWN, base_url="https://ny.example", id_host="opgaver.eksempelby.example"),
        reader("da", TRADES),
    )
    own, there = (feed(some_lots(), town, one, NOW, Known()) for town in (TOWN, moved))
    assert (there.id, [entry.id for entry in there.entries]) == (own.id, [entry.id for entry in own.entries])
    events, events_there = (calendar(some_lots(), [agreement_view()], town, one) for town in (TOWN, moved))
    assert re.findall(rb"\r\nUID:.*", events_there) == re.findall(rb"\r\nUID:.*", events) != []


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


# -- runs that are killed --------------------------------------------------------------------------------------------


class Killed(BaseException):
    """As a signal ends a run."""


def published(
    folder: Path,
    lots: Sequence[LotView],
    now: dt.datetime,
    *,
    agreements: Sequence[AgreementView] = (),
    aliases: Sequence[LotAlias] = (),
    trades: Sequence[Trade] = (),
    operations: int | None = None,
) -> bool:
    """Danish feeds and calendars into a folder, by a run that is killed after so many file operations; whether it came
    to its end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publishing, "SECTIONS", (feeds.SECTION, calendars.SECTION))
        patch.setattr(publishing, "LANGUAGES", ("da",))
        if operations is not None:
            left = itertools.count(operations, -1)
            for name in ("open", "fsync", "replace", "unlink"):
                patch.setattr(os, name, _counted(getattr(os, name), left))
        try:
            publish(Handed(tuple(lots)), agreements, (), TOWN, folder, now, trades=trades, aliases=aliases)
        except Killed:
            return False
    return True


def _counted(real: Callable[..., object], left: Iterator[int]) -> Callable[..., object]:
    def called(*args: object, **more: object) -> object:
        if next(left) <= 0:
            raise Killed
        return real(*args, **more)

    return called


def seen(folder: Path) -> dict[str, bytes]:
    """What readers find."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def stamps(files: Mapping[str, bytes]) -> dict[tuple[str, str], tuple[str, ...]]:
    """By feed and entry, or calendar and event, what must not go back."""
    found = dict[tuple[str, str], tuple[str, ...]]()
    for path, content in files.items():
        if path.endswith(".xml"):
            found[path, ""] = (updated(content),)
            found |= {(path, name): (one.updated,) for name, one in entries(content).items()}
        elif path.endswith(".json"):
            items = json.loads(content)["items"]
            found |= {(path, item["id"]): (item["date_modified"],) for item in items}
        else:
            events = Calendar.from_ical(content).walk("VEVENT")
            told = [(str(one["UID"]), one.decoded("SEQUENCE"), one.decoded("DTSTAMP")) for one in events]
            found |= {(path, name): (f"{sequence:09}", stamp.isoformat()) for name, sequence, stamp in told}
    return found


def test_whenever_a_run_is_killed_the_next_one_makes_nothing_older_than_readers_saw(tmp_path: Path) -> None:
    view, held = lot_view(updated=at("2026-11-19")), agreement_view()
    (tmp_path / "site").mkdir()
    assert published(tmp_path / "site", (view,), NOW, agreements=(held,))
    killed, mended = 0, 0
    for operations in itertools.count():
        folder = tmp_path / str(operations)
        shutil.copytree(tmp_path / "site", folder)
        hidden, other = replace(view, hidden=True), agreement_view(options="3 år")
        ended = published(folder, (hidden,), NOW + DAY, agreements=(other,), operations=operations)
        before = stamps(seen(folder))
        assert published(folder, (view,), NOW + 2 * DAY, agreements=(held,))
        after_it = stamps(seen(folder))
        assert {key: at_ for key, at_ in after_it.items() if at_ < before.get(key, ())} == {}
        assert {path.name for path in folder.rglob(".*")} == {LEDGER}
        killed, mended = killed + (not ended), mended + (after_it != stamps(seen(tmp_path / "site")))
        if ended:
            break
    assert killed > 30
    assert mended > 20


def test_a_run_that_is_killed_is_repeated_with_the_same_bytes(tmp_path: Path) -> None:
    view = lot_view()
    assert published(tmp_path, (view,), NOW)
    hidden = replace(view, hidden=True)
    assert not published(tmp_path, (hidden,), NOW + DAY, operations=30)
    told = entries((tmp_path / "atom.xml").read_bytes())
    assert told[ident(view)].title == words("da")("feeds.off_title")
    assert published(tmp_path, (hidden,), NOW + 2 * DAY)
    assert {path: entries(content) for path, content in seen(tmp_path).items() if path == "atom.xml"} == {
        "atom.xml": told
    }


class Publications(RuleBasedStateMachine):
    """Publications one after the other, some of them killed, of lots that appear, change, vanish and come back."""

    @initialize()
    def begin(self) -> None:
        self.now = NOW
        self.lots: dict[str, LotView] = {}
        self.lost: dict[str, LotView] = {}
        self.aliases: dict[str, LotAlias] = {}
        self.folder = Path(tempfile.mkdtemp())
        self.files: dict[str, bytes] = {}
        # By feed and identifier: the newest time, and what was said.
        self.highest: dict[tuple[str, str], tuple[str, str]] = {}

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

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
        for name in (LEDGER, PROMISED):
            (self.folder / name).unlink(missing_ok=True)
        (self.folder / LEDGER).write_bytes(b"")  # by which an operator says that the folder is the site's
        there = {(path, name) for path, known in feeds_said(self.files).items() for name in known.entries}
        # Times stand in the feeds; what was said of a lot does not, to compare it with.
        self.highest = {key: (at, "") for key, (at, _) in self.highest.items() if key in there or not key[1]}

    @rule()
    def is_published(self) -> None:
        last = self.files
        assert self._run(None)
        self._what_is_withdrawn_is_told(last)
        self._what_is_open_is_there()

    @rule(operations=st.integers(0, 60))
    def is_killed(self, operations: int) -> None:
        self._run(operations)

    @precondition(lambda self: self.lots)
    @rule(data=st.data(), operations=st.integers(3, 40))
    def is_killed_while_it_tells_what_an_officer_then_takes_back(self, data: st.DataObject, operations: int) -> None:
        slug = self.some(data)
        before = self.lots[slug]
        self.lots[slug] = replace(before, hidden=not before.hidden)
        self._run(operations)
        self.lots[slug] = before
        self.is_published()

    def _run(self, operations: int | None) -> bool:
        ended = published(
            self.folder,
            tuple(self.lots.values()),
            self.now,
            aliases=tuple(self.aliases.values()),
            trades=TRADES[:1],
            operations=operations,
        )
        self.files = {path: content for path, content in seen(self.folder).items() if feeds.SECTION.has(path)}
        check(self.files)
        self._nothing_goes_back()
        return ended

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
    max_examples=20, stateful_step_count=16, deadline=None, suppress_health_check=[HealthCheck.too_slow]
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
    everything = ("frister.ics", "aftaler.ics", "atom.xml", "feed.json", *(f"fag/{one.key}.ics" for one in TRADES))
    assert shown == [f"{TOWN.base_url}/{folder}{name}" for name in everything]
    assert TOWN.contact in soup.get_text()
    (found,) = soup.select('link[rel=alternate][type="application/feed+json"]')
    assert str(found["href"]).endswith("feed.json")


def test_mail_comes_first_where_there_is_a_door() -> None:
    made = replace(edition(), door=Door("https://svar.eksempelby.example"))
    soup = BeautifulSoup(files_of(follow.SECTION, made)["en/foelg.html"], "lxml")
    assert soup.select("main a")[0]["href"] == "https://svar.eksempelby.example/en/sign-up"


def test_every_calendar_can_be_added_to_google_calendar_and_is_explained_before_its_buttons() -> None:
    soup = BeautifulSoup(files_of(follow.SECTION, edition(some_lots()))["foelg.html"], "lxml")
    google = [str(link["href"]) for link in soup.select("a[href^='https://calendar.google.com/']")]
    assert google[0] == (
        "https://calendar.google.com/calendar/r?cid=webcal%3A%2F%2Fopgaver.eksempelby.example%2Ffrister.ics"
    )
    assert len(google) == 2 + len(TRADES)
    section = soup.select_one("[aria-labelledby=kalender]")
    assert section
    headings = [term.get_text() for term in section.select("dt")]
    assert headings[:2] == ["iPhone, iPad og Mac", "Android (Google Kalender)"]
    assert section.select("dl ~ ul .button")


def test_the_atom_feeds_link_says_that_it_is_a_feed() -> None:
    for folder, said in (("", "Feed (Atom) med alle opgaver"), ("en/", "Feed (Atom) of all tasks")):
        soup = BeautifulSoup(files_of(follow.SECTION, edition(some_lots()))[f"{folder}foelg.html"], "lxml")
        assert [link.get_text() for link in soup.select("main a[href='atom.xml']")] == [said]
