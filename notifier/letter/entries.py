"""One lot, or one agreement, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

from notifier.amounts import write_money
from notifier.answers import OUTCOMES, Answer, possible
from notifier.clock import write_day, write_deadline
from notifier.config import Town
from notifier.digest import AgreementEntry, Digest, LotEntry, NearEntry, deadline_field
from notifier.door import Door
from notifier.grammar import capital
from notifier.letter.judgement import judgement
from notifier.letter.reasons import reasons
from notifier.letter.subject import TELLING
from notifier.letter.values import Entry, Fact, Link, Value
from notifier.lots import Agreement, LotState, LotView, Verdict, acting_deadline
from notifier.matching import Missed
from notifier.phrases import (
    Foreign,
    change_phrase,
    first_sentence,
    foreign,
    quoted,
    reservation_notes,
    shorten,
    title_for,
    value_phrase,
    verdict_phrase,
    write_days_left,
    write_place,
)
from notifier.profiles import Subscriber
from notifier.words import Words, words

_TITLE = 250  # characters of a title or a name: some four lines
_TASK = 220  # characters of the sentence that says what is to be done: some two lines
_TENDER = 140  # characters of the whole tender's title, which only places the lot
_OPTIONS = 180  # characters of an agreement's options


def page(town: Town, language: str, path: str) -> str:
    """Address of a page of the public site: Danish at the root, English under en/."""
    return f"{town.base_url.rstrip('/')}/{'en/' if language == 'en' else ''}{path}"


# -- a lot -----------------------------------------------------------------------------------------------------------


def lot_entry(entry: LotEntry, digest: Digest, town: Town, door: Door) -> Entry:
    """A lot as readers are told of it, with one button: to its public page."""
    view, language = entry.view, digest.subscriber.language
    w = words(language)
    if is_off(entry):
        return _off_entry(entry, digest, town, door)
    assessment = view.assessment if view.state in _RUNNING else None  # what is over is no longer relevant
    title = title_for(view.lot, view.notice, language)
    return Entry(
        title=Foreign(shorten(title.words, _TITLE), title.language),
        mark=verdict_phrase(view.lot, assessment, language) if assessment else "",
        tone=assessment.verdict.value if assessment else "",
        notes=_notes(view, language),
        facts=tuple(_lot_facts(entry, digest, town, w)),
        url=page(town, language, f"opgaver/{quote(view.slug, safe='')}.html"),
        link=w("mail.open_lot"),
        answers=answers(view, digest.subscriber, door, w, _asked(entry)),
        question=w("mail.answer_outcome") if entry.asks_outcome else "",
    )


def is_off(entry: LotEntry) -> bool:
    """Whether a lot is told of only because it was taken off the lists."""
    return any(change.field == "hidden" and change.after for change in entry.changes)


def _off_entry(entry: LotEntry, digest: Digest, town: Town, door: Door) -> Entry:
    """A lot that was taken off: its title, and that. Its page is gone, so the way is to the others."""
    view, w = entry.view, words(digest.subscriber.language)
    title = title_for(view.lot, view.notice, w.language)
    said = tuple(Value(capital(change_phrase(change, w.language))) for change in entry.changes)
    return Entry(
        title=Foreign(shorten(title.words, _TITLE), title.language),
        mark="",
        tone="",
        notes=(w("mail.hidden_note"),),
        facts=(Fact(w("mail.corrected"), said, weighty=True),),
        url=door.tasks(digest.subscriber) if door else page(town, w.language, "index.html"),
        link=w("mail.hidden_link"),
    )


def near_entry(entry: NearEntry, digest: Digest, town: Town, door: Door) -> Entry:
    """A lot that one limit keeps away, with which."""
    profile, w = digest.subscriber.profile, words(digest.subscriber.language)
    limits = {Missed.TOO_LARGE: profile.value_max, Missed.TOO_SMALL: profile.value_min}
    limit = limits.get(entry.near.missed)
    amount = write_money(limit, w.language) if limit else ""
    mark = w(f"mail.mark_{entry.view.assessment.verdict}") if entry.view.assessment else ""
    wished = w(f"mail.wished_{profile.least_verdict}")
    said = w(f"mail.near_{entry.near.missed}", amount=amount, mark=mark, wished=wished)
    missed = Fact(w("mail.near"), (Value(said),), weighty=True)
    told = lot_entry(LotEntry(entry.view, entry.near.match), digest, town, door)
    return replace(told, facts=(missed, *told.facts))


def _asked(entry: LotEntry) -> tuple[Answer, ...]:
    """What a reader is asked of a lot: whether it suits while it runs, and once, who bid on it, whether they won."""
    if entry.view.state in _RUNNING:
        return possible(entry.view.state)
    return OUTCOMES if entry.asks_outcome else ()


def answers(view: LotView, subscriber: Subscriber, door: Door, w: Words, asked: tuple[Answer, ...]) -> tuple[Link, ...]:
    """The pages on which a reader says something of a lot; none where there is no door."""
    if not door:
        return ()
    return tuple(Link(w(f"mail.answer_{answer}"), door.answer(subscriber, view.slug, answer)) for answer in asked)


def _notes(view: LotView, language: str) -> tuple[str, ...]:
    """The official text of a reservation and a check, while one can still take part."""
    reserved = view.assessment is not None and view.assessment.verdict is Verdict.RESERVED
    return reservation_notes(view.lot, language) if reserved and view.state in _RUNNING else ()


_RUNNING = (LotState.OPEN, LotState.PLANNED)


def _lot_facts(entry: LotEntry, digest: Digest, town: Town, w: Words) -> Iterator[Fact]:
    """What changed; then what, who, where, how much, by when; what it asks, why, why this person; the tender."""
    view = entry.view
    lot, notice = view.lot, view.notice
    changes = tuple(Value(capital(change_phrase(change, w.language))) for change in entry.changes)
    if changes:
        label = "mail.corrected" if all(change.ours for change in entry.changes) else "mail.changed"
        yield Fact(w(label), changes, weighty=True, listed=True)
    outcome_told = any(change.field in ("cancelled", "state") for change in entry.changes)
    if view.state not in _RUNNING and not outcome_told:
        yield Fact(w("mail.status"), (Value(w(f"mail.state_{view.state}")),), weighty=True)
    untelling, tender = len(title_for(lot, notice, w.language).words) < TELLING, tuple(_tender(view, w))
    if untelling:
        yield from tender
    if task := first_sentence(lot.description):
        said = foreign(shorten(task, _TASK), notice, w.language)
        yield Fact(w("mail.task"), (Value(quote=quoted(said.words, w.language), language=said.language),))
    if view.is_small_purchase:
        yield Fact(w("mail.kind"), (Value(w("mail.small_purchase")),))
    buyers = "; ".join(dict.fromkeys(buyer.name for buyer in notice.buyers if buyer.name))
    if buyers != town.name:  # whose mail it is stands at its head
        yield Fact(w("mail.buyer"), (Value(shorten(buyers, _TITLE) or w("common.unknown")),))
    yield Fact(w("mail.place"), (Value(shorten(write_place(lot, w.language), _TITLE)),))
    yield Fact(w("mail.value"), (Value(value_phrase(view, w.language)),))
    if view.state in _RUNNING:
        if view.state is LotState.OPEN or acting_deadline(lot):
            yield _deadline_fact(view, digest, w)
        yield from judgement(entry, digest, w)
        yield Fact(w("mail.you"), (Value(reasons(entry.match, digest, w)),))
    if not untelling:
        yield from tender


def _tender(view: LotView, w: Words) -> Iterator[Fact]:
    """What the lot is a part of, where its own title does not say so."""
    lot, notice = view.lot, view.notice
    if notice.title and lot.title and notice.title.casefold() not in lot.title.casefold():
        tender = foreign(shorten(notice.title, _TENDER), notice, w.language)
        yield Fact(w("mail.tender"), (Value(quote=tender.words, language=tender.language),))


def _deadline_fact(view: LotView, digest: Digest, w: Words) -> Fact:
    deadline = acting_deadline(view.lot)
    label = capital(w(f"common.field_{deadline_field(view.lot)}"))
    if deadline is None:
        return Fact(label, (Value(w("common.unknown")),))
    written = write_deadline(deadline, w.language)
    left = write_days_left(deadline, digest.made, w.language)
    return Fact(label, (Value(w("mail.deadline_with_days", deadline=written, days=left)),), weighty=True)


# -- an agreement ----------------------------------------------------------------------------------------------------


def agreement_entry(entry: AgreementEntry, digest: Digest, town: Town) -> Entry:
    """An agreement that ends, with a link to its place on the page of agreements."""
    agreement, w = entry.view.agreement, words(digest.subscriber.language)
    return Entry(
        title=Foreign(shorten(agreement.title, _TITLE)),
        mark="",
        tone="",
        notes=(),
        facts=tuple(_agreement_facts(entry, digest, w)),
        url=f"{page(town, w.language, 'aftaler.html')}#{quote(entry.view.slug, safe='')}",
        link=w("mail.open_agreement"),
    )


def _agreement_facts(entry: AgreementEntry, digest: Digest, w: Words) -> Iterator[Fact]:
    agreement = entry.view.agreement
    yield Fact(w("mail.ends"), (Value(ends_phrase(agreement, entry.ends, entry.months, w)),), weighty=True)
    if agreement.options:
        yield Fact(w("mail.options"), (Value(quoted(shorten(agreement.options, _OPTIONS), w.language)),))
    for label, name in (("mail.supplier", agreement.supplier.name), ("mail.buyer", agreement.buyer.name)):
        yield Fact(w(label), (Value(shorten(name, _TITLE) or w("common.unknown")),))
    value = agreement.value
    worth = w("mail.value_whole", amount=write_money(value, w.language)) if value else w("common.unknown")
    yield Fact(w("mail.value"), (Value(worth),))
    yield Fact(w("mail.you"), (Value(reasons(entry.match, digest, w)),))


def ends_phrase(agreement: Agreement, ends: dt.date, months: int, w: Words) -> str:
    """When it ends, every option used as far as they are known, within so many months."""
    day = write_day(ends, w.language)
    if agreement.latest_end is None and agreement.options:  # in words of which no day follows
        return w("mail.ends_perhaps_later", day=day, months=months)
    if agreement.end is None or agreement.end == ends:
        return w("mail.ends_plain", day=day, months=months)
    end = write_day(agreement.end, w.language)
    return w("mail.ends_with_options", day=day, months=months, end=end)
