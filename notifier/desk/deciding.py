"""What becomes of an officer's word on a lot, by what counts there now. Pure.

nobody said anything since the page was made        it is written
they themselves did                                 it is written: they know what they said
a colleague did, and it is the same                 nothing: it is said already
a colleague did, and it is something else           nothing is written: the officer chooses, having seen both
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from notifier.lots import Tag, Verdict
from notifier.store.tags import Counting


class Outcome(Enum):
    """What becomes of a word."""

    WRITTEN = "written"
    SAID = "said"  # it counts already
    CONFLICT = "conflict"
    MISSING = "missing"  # no lot has that identity any more


@dataclass(frozen=True, slots=True)
class Seen:
    """A lot, and the number of the tag that counted when the page was made; 0 for none."""

    uid: str
    tag: int


@dataclass(frozen=True, slots=True)
class Word:
    """What an officer says of lots. `why` is "" where they typed none, `trades` None where the machine's stand."""

    verdict: Verdict
    why: str = ""
    trades: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says it. `account` is None where a proxy names them; then their name is all there is."""

    name: str
    account: int | None

    def said(self, tag: Tag, account: int | None) -> bool:
        """Whether it was they who set that tag. Two colleagues may have one name, so accounts come first."""
        if self.account is not None and account is not None:
            return self.account == account
        return tag.who == self.name


def outcome(seen: Seen, now: Counting | None, word: Word, speaker: Speaker, removed_by: str = "") -> Outcome:
    """What becomes of the word on a lot. `removed_by` is who took back the tag that was seen, "" for nobody."""
    if now is None:
        return Outcome.MISSING
    if now.tag is None:
        return Outcome.CONFLICT if seen.tag and removed_by not in ("", speaker.name) else Outcome.WRITTEN
    own = speaker.said(now.tag, now.account)
    if _agrees(now.tag, word) and word.why in ("", now.tag.why):
        return Outcome.SAID
    if now.tag.number == seen.tag or own or _agrees(now.tag, word):
        return Outcome.WRITTEN
    return Outcome.CONFLICT


def _agrees(tag: Tag, word: Word) -> bool:
    """Whether a tag says the same of the lot, whatever the reasons. Trades that nobody names are nobody's dispute."""
    same_trades = word.trades is None or (tag.trades is not None and set(tag.trades) == set(word.trades))
    return tag.verdict is word.verdict and same_trades


def read_seen(text: str) -> Seen | None:
    """ "UID|TAG" of a form; None for anything else. An identity may have a "|" of its own."""
    uid, bar, tag = text.rpartition("|")
    return Seen(uid, int(tag)) if bar and uid and tag.isdecimal() and len(tag) < 18 else None


def overtaken(tags: Mapping[str, Tag], now: Mapping[str, Counting]) -> dict[str, Tag | None]:
    """Of the lots that an action tagged, those where something else counts now: what, None where nothing does."""
    counting = {uid: now[uid].tag if uid in now else None for uid in tags}
    return {uid: one for uid, one in counting.items() if one is None or one.number != tags[uid].number}
