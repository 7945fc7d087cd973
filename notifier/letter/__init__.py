"""A digest in words: every sentence of the mail, in the reader's language, before it becomes text and HTML.

Pure. Both bodies are written from one `Letter`, so that they say the same thing; templates only lay it out.

    values.py      Letter and its parts
    subject.py     the one line
    entries.py     a lot or an agreement: facts, judgement.py (why it is marked, what it asks), reasons.py (why you)
    foot.py        what was read, why this mail, how to stop it
    notes.py       short mails beside the digest: do you want this, you can talk to each other
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from notifier.config import Town
from notifier.digest import Digest
from notifier.door import Door
from notifier.letter.entries import agreement_entry, lot_entry, near_entry, page
from notifier.letter.foot import foot
from notifier.letter.subject import subject
from notifier.letter.values import Entry, Letter, Part
from notifier.words import Words, words

__all__ = ["Letter", "compose"]

_NO_DOOR = Door()


def compose(digest: Digest, town: Town, shown: int, door: Door = _NO_DOOR) -> Letter:
    """The mail in words. At most `shown` entries stand in each section, and no more than the digest has room for."""
    language = digest.subscriber.language
    w = words(language)
    return Letter(
        language=language,
        subject=subject(digest),
        town=town.name,
        summary=_summary(digest, w),
        parts=tuple(_parts(digest, town, shown, door)),
        guiding=w("common.guiding"),
        foot=foot(digest, town, w, door),
    )


def _summary(digest: Digest, w: Words) -> str:
    if digest.empty:
        life = "mail.life" if digest.all_read else "mail.life_unread"
        return w(life if digest.sign_of_life else "mail.nothing")
    if not digest.seen:
        return w("mail.seen_none")
    seen = w("mail.seen_first" if digest.counts_all else "mail.seen", count=digest.seen)
    if not digest.new:
        return w("mail.fitting_none", seen=seen)
    return w("mail.fitting", seen=seen, count=len(digest.new))


def _parts(digest: Digest, town: Town, shown: int, door: Door) -> Iterator[Part]:
    """The sections that hold something, in the order of the mail."""
    subscriber = digest.subscriber
    w = words(subscriber.language)
    all_lots = door.tasks(subscriber) if door else page(town, w.language, "index.html")
    wished, shown = min(shown, subscriber.profile.most), min(shown, digest.cap)
    for name, lots, most in (
        ("closing", digest.closing, shown),
        ("new", digest.new, wished),
        ("changed", digest.changed, shown),
        ("planned", digest.planned, shown),
    ):
        if lots:
            yield _part(name, [lot_entry(lot, digest, town, door) for lot in lots[:most]], len(lots), all_lots, w)
    if digest.agreements:
        entries = [agreement_entry(one, digest, town) for one in digest.agreements[:shown]]
        lots_above = digest.closing or digest.new or digest.changed or digest.planned
        name = "agreements" if lots_above else "agreements_alone"
        yield _part("agreements", entries, len(digest.agreements), page(town, w.language, "aftaler.html"), w, name)
    if digest.near:
        entries = [near_entry(one, digest, town, door) for one in digest.near[:shown]]
        yield _part("near", entries, len(digest.near), all_lots, w)


def _part(name: str, entries: Sequence[Entry], total: int, more_url: str, w: Words, intro: str = "") -> Part:
    intro, more = f"mail.intro_{intro or name}", total - len(entries)
    return Part(
        heading=w(f"mail.section_{name}"),
        intro=w(intro) if intro in w else "",
        entries=tuple(entry.without_people(w.language) for entry in entries),
        more=w("mail.more", count=more) if more else "",
        more_url=more_url,
    )
