"""Lots as rows of lists: what is filtered and searched of each, and its row as readers and as officers see it.

    store.catalogue.stale() -> lots that changed -> entry() -> store.catalogue.save()

Whatever changes a lot is noted by the store itself; `refresh` is called at the end of each step, and in the same
transaction as an officer's word.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

import msgspec

from notifier.config import Config
from notifier.lots import Assessment, LotState, LotView, Verdict, acting_deadline
from notifier.matching.words import lot_texts, wanted
from notifier.nomenclature import cpv_name
from notifier.phrases import Foreign, foreign, shorten, telling, told_reason
from notifier.profiles import Profile
from notifier.scope import in_scope, own_numbers
from notifier.site.fingerprints import lot_fingerprint
from notifier.site.lists import LotRow, lot_row
from notifier.site.lotpage import Reason, description_for, reason
from notifier.site.reader import NamedTrade, Reader, reader
from notifier.store import Store
from notifier.store.catalogue import Entry, Found, Sought, searchable
from notifier.store.settings import CATALOGUE_WORDS
from notifier.text import fold
from notifier.words import LANGUAGES

_BATCH = 250
_SEARCHED = 6000  # characters of a description: what comes after are conditions that all notices have
LEAD = 240  # characters of the description in an officer's row
_AGAINST = 2


class Doubt(IntEnum):
    """How much a lot needs an officer, the most first."""

    UNSURE = 0  # a maybe, or the machine says itself that it is not sure
    MARKED = 1  # it will be shown as relevant or reserved: one look
    UNLIKELY = 2  # not marked, though something speaks for it
    CLEAR = 3  # not marked, and nothing speaks for it: many can be confirmed at once


@dataclass(frozen=True, slots=True)
class Rows:
    """A lot's row for readers, and what an officer's has beside it, in one language."""

    row: LotRow
    whole: Foreign  # the tender that the lot is part of
    reason: str = ""  # why the verdict is what it is, in a sentence
    against: tuple[Reason, ...] = ()
    lead: str = ""  # the beginning of the description
    lead_language: str = ""


def doubt(judged: Assessment) -> Doubt:
    """How much a verdict of the machine needs an officer."""
    if judged.verdict is Verdict.POSSIBLE or any(piece.criterion == "doubt" for piece in judged.evidence):
        return Doubt.UNSURE
    if judged.verdict is not Verdict.UNSUITABLE:
        return Doubt.MARKED
    speaks_for = any(piece.weight > 0 and piece.criterion.startswith("trade") for piece in judged.evidence)
    return Doubt.UNLIKELY if speaks_for or judged.reason == "too_little_known" else Doubt.CLEAR


@dataclass(frozen=True, slots=True)
class Followed:
    """Which lots the town's readers are shown (scope.in_scope): NUTS codes, none for everywhere; the town's own CVR."""

    places: tuple[str, ...] = ()
    own: frozenset[str] = frozenset()


EVERYWHERE = Followed()


def followed(config: Config) -> Followed:
    """As the configuration says."""
    return Followed(config.places, own_numbers(config.buyers))


def entry(
    view: LotView, readers: Sequence[Reader], scope: Followed = EVERYWHERE, now: dt.datetime | None = None
) -> Entry | None:
    """The row of a lot in the catalogue; None for one that nobody has judged yet. `now` tells whether one can act."""
    judged, lot, notice = view.assessment, view.lot, view.notice
    if judged is None:
        return None
    danish, english = (msgspec.json.encode(rows(view, one)) for one in readers)
    deadline = acting_deadline(lot)
    title = readers[0].text(f"{lot.title} {notice.title if notice.title != lot.title else ''}").strip()
    words = _words(view, readers[0])
    followed = in_scope(lot, notice.buyers, scope.places, scope.own)
    return Entry(
        uid=view.uid,
        source=notice.source,
        procedure=view.procedure,
        ends=deadline.at if deadline else None,
        live=view.state in (LotState.OPEN, LotState.PLANNED)
        and not (now and deadline and deadline.at < now)
        and followed,
        planned=view.state is LotState.PLANNED,
        verdict=judged.verdict,
        doubt=doubt(judged),
        tagged=view.tagged,
        hidden=view.hidden,
        fingerprint=lot_fingerprint(view),
        first_seen=view.first_seen,
        buyer=shorten(readers[0].text(notice.buyer.name), 80),
        trades=judged.trades,
        title=title,
        words=words,
        rows_da=danish,
        rows_en=english,
        partial=_says_more(view, title, words),
        followed=followed,
    )


def rows(view: LotView, one: Reader) -> Rows:
    """A judged lot's row for one language."""
    judged = view.assessment
    assert judged is not None
    against = [piece for piece in telling(judged.evidence) if piece.weight < 0]
    lead, language = description_for(view, one)
    key = f"explain.reason_{told_reason(judged)}"
    return Rows(
        row=lot_row(view, one),
        whole=foreign(one.text(view.notice.title), view.notice, one.language),
        reason=one.w(key) if key in one.w else "",
        against=tuple(reason(piece, view, one) for piece in against[:_AGAINST]),
        lead=shorten(lead, LEAD),
        lead_language=language,
    )


def rows_of(found: Found) -> Rows:
    """What a row of the catalogue shows."""
    return msgspec.json.decode(found.rows, type=Rows)


def prefix_words(code: str) -> str:
    """What finds lots with a CPV code, or with one that begins so: also by two digits, which are no trigram."""
    return f"cpv{code}"


def sought(profile: Profile) -> Sought:
    """Public lots among which are all that concern a profile: those of its trades, and those with its words and codes.

    Areas and values are not asked here, nor the words that are to be left out: `match` does that.
    """
    every = [one for one in Verdict if one is not Verdict.UNSUITABLE]
    verdicts = tuple(one for one in every if one.rank >= profile.least_verdict.rank)
    everything = Sought(None, (), verdicts if len(verdicts) < len(every) else (), profile.planned)
    said = [word for word in map(wanted, profile.words) if word]
    if not (profile.trades or profile.cpv_prefixes or profile.words):
        return everything
    if any(not searchable(word) or _FAR_LETTER.search(word) for word in said):
        return everything
    return replace(everything, trades=profile.trades, texts=(*said, *map(prefix_words, profile.cpv_prefixes)))


def rows_of_lots(
    store: Store, uids: Sequence[str], language: str, trades: Sequence[NamedTrade], now: dt.datetime
) -> list[LotRow]:
    """Judged lots as lists show them: as the catalogue has them, and made now where it has none as they stand."""
    kept, one = store.catalogue.rows_by_uid(uids, language), reader(language, trades)
    rows = {uid: msgspec.json.decode(row, type=Rows).row for uid, row in kept.items()}
    missing = [uid for uid in uids if uid not in rows]
    rows |= {view.uid: lot_row(view, one) for view in store.lots.views(now, uids=missing)}
    return [rows[uid] for uid in uids]


def _says_more(view: LotView, title: str, words: str) -> bool:
    """Whether a profile's word may stand in a lot's texts and not be found in what is searched of it: it is long,
    somebody's name was left out, or it has letters that the search takes for others than we do."""
    searched = fold(f"{title}\n{words}")
    texts = {fold(text) for text in lot_texts(view.lot, view.notice)}
    return any(text not in searched or _FAR_LETTER.search(text) for text in texts if text)


# Beyond Latin letters upper and lower case are not one to one everywhere.
_FAR_LETTER = re.compile("[İıſ\u0250-\u1fff\u2100-\u2188\u2c00-\ud7ff\uf900-\uffff\U00010000-\U0010ffff]")


def _words(view: LotView, one: Reader) -> str:
    """What is searched beside title and buyer. No more than the public page shows."""
    lot = view.lot
    codes = tuple(code for code in (lot.cpv_main, *lot.cpv_additional) if code)
    said = (
        lot.description[:_SEARCHED] or view.notice.description[:_SEARCHED],
        *(f"{text.title} {text.description[:_SEARCHED]}" for text in lot.translations),
        lot.place,
        *(cpv_name(code, language) for code in codes for language in LANGUAGES),
        view.notice.publication_number,
    )
    return "\n".join([one.text("\n".join(part for part in said if part)), *map(prefix_words, codes)])


def refresh(
    store: Store,
    trades: Sequence[NamedTrade],
    now: dt.datetime,
    only: Sequence[str] | None = None,
    followed: Followed = EVERYWHERE,
) -> int:
    """Make the rows anew of all lots that changed since; how many. Inside a transaction it joins that.

    `only` names the lots that somebody waits for: in the middle of a crawl thousands may have changed. What is not
    `followed` is on no list.
    """
    readers, done = tuple(reader(language, trades) for language in LANGUAGES), 0
    if only is not None:
        _save(store, only, readers, now, followed)
        return len(only)
    _look_at_words(store, readers, followed)
    store.catalogue.note_passed(now)
    while stale := store.catalogue.stale(_BATCH):
        _save(store, stale, readers, now, followed)
        done += len(stale)
    return done


def _look_at_words(store: Store, readers: Sequence[Reader], followed: Followed) -> None:
    """Rows are words. Where the words, or the places, are others than when they were made, all are made anew."""
    said: list[object] = [
        (one.language, sorted(one.trades.items()), [(key, one.w(key)) for key in sorted(one.w.names())])
        for one in readers
    ]
    said.append((sorted(followed.places), sorted(followed.own)))
    mark = hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]
    with store.transaction():
        if store.settings.get(CATALOGUE_WORDS) != mark:
            store.catalogue.make_anew()
            store.settings.put(CATALOGUE_WORDS, mark)


def _save(store: Store, uids: Sequence[str], readers: Sequence[Reader], now: dt.datetime, followed: Followed) -> None:
    with store.transaction():
        entries = [entry(view, readers, followed, now) for view in store.lots.views(now, uids=uids)]
        store.catalogue.save((one for one in entries if one is not None), uids)
