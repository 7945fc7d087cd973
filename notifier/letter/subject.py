"""The subject of a digest: one line that says the most urgent thing."""

from __future__ import annotations

from collections.abc import Sequence

from notifier.clock import deadline_day, write_day
from notifier.digest import Digest, LotEntry, deadline_field
from notifier.lots import Deadline, LotState, LotView, acting_deadline
from notifier.phrases import local_day, shorten, title_for, without_people
from notifier.words import Words, words

TELLING = 20  # characters: a title below this is often a number
_SUBJECT_TITLE = 70  # characters of a title in the subject, so that its deadline is still seen on a telephone


def subject(digest: Digest) -> str:
    """One line that says the most urgent thing: what is new, else what closes, changed, is planned, ends."""
    language = digest.subscriber.language
    w = words(language)
    if digest.new:
        return _subject_new(digest, w)
    if digest.closing:
        return _subject_lots("closing", digest.closing, digest, w)
    if digest.changed:
        first = digest.changed[0].view
        if len(digest.changed) == 1 and first.state is LotState.CANCELLED:
            return w("mail.subject_cancelled", title=_subject_title(first, language))
        if all(change.ours for entry in digest.changed for change in entry.changes):
            return _subject_lots("corrected", digest.changed, digest, w)
        return _subject_lots("changed", digest.changed, digest, w)
    if digest.planned:
        return _subject_lots("planned", digest.planned, digest, w)
    if digest.agreements:
        return _subject_agreements(digest, w)
    return w("mail.subject_empty" if digest.all_read else "mail.subject_empty_unread")


def _subject_new(digest: Digest, w: Words) -> str:
    lots = digest.new
    first, closing = _first_deadline(lots[: digest.subscriber.profile.most]), _first_deadline(digest.closing)
    if len(lots) == 1:
        return _subject_lots("new" if first else "new_plain", lots, digest, w)
    # Said to be another's, or it would be taken for that of a new one.
    if closing is not None and (first is None or closing.at < first.at):
        return _subject_lots("new_closing", lots, digest, w, closing)
    return _subject_lots("new" if first else "new_plain", lots, digest, w, first)


def _subject_lots(kind: str, lots: Sequence[LotEntry], digest: Digest, w: Words, day: Deadline | None = None) -> str:
    """A subject about lots: the first in order is the one with the first deadline."""
    first = lots[0].view
    return w(
        f"mail.subject_{kind}",
        count=len(lots),
        title=_subject_title(first, w.language),
        deadline=_subject_deadline(first, digest, w),
        day=_subject_day(day or _first_deadline(lots), digest, w),
    )


def _first_deadline(lots: Sequence[LotEntry]) -> Deadline | None:
    known = [acting_deadline(entry.view.lot) for entry in lots]
    return min((deadline for deadline in known if deadline), key=lambda deadline: deadline.at, default=None)


def _subject_deadline(view: LotView, digest: Digest, w: Words) -> str:
    kind = "tender" if deadline_field(view.lot) == "deadline" else "application"
    return w(f"mail.subject_{kind}", day=_subject_day(acting_deadline(view.lot), digest, w))


def _subject_day(deadline: Deadline | None, digest: Digest, w: Words) -> str:
    """ "tirsdag 8. december"; with the year only where it is another than now."""
    if deadline is None:
        return ""
    day = deadline_day(deadline)
    return write_day(day, w.language, weekday=True, year=day.year != local_day(digest.made).year)


def _subject_title(view: LotView, language: str) -> str:
    """The lot's title; one as short as "Delaftale 1" says nothing without the whole tender's before it."""
    title = without_people(title_for(view.lot, view.notice, language).words, language)
    tender = without_people(view.notice.title, language)
    if tender and len(title) < TELLING and title.casefold() not in tender.casefold():
        return f"{shorten(tender, _SUBJECT_TITLE - len(title))}: {title}"
    return shorten(title, _SUBJECT_TITLE)


def _subject_agreements(digest: Digest, w: Words) -> str:
    first = digest.agreements[0]
    return w(
        "mail.subject_agreements",
        count=len(digest.agreements),
        day=write_day(first.ends, w.language),
        title=shorten(without_people(first.view.agreement.title, w.language), _SUBJECT_TITLE),
    )
