"""Does this lot, or this agreement, concern this subscriber, and why? Pure: one pair in, reasons or None out.

What a profile names is of two kinds. Interests (trades, CPV prefixes, words) are alternatives: one that is met is
enough, and none named means that all are welcome. Limits (areas, values, verdict, words to leave out) must all
hold; but what a lot does not state never excludes it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from notifier.lots import Agreement, AgreementView, Lot, LotState, LotView, Money, Notice, Verdict, annual_value
from notifier.profiles import Profile


class ReasonKind(StrEnum):
    """What of a profile was met."""

    TRADE = "trade"  # value: the trade's key
    CPV = "cpv"  # value: the lot's CPV code
    WORD = "word"  # value: the profile's word; quote: where it stands
    AREA = "area"  # value: the lot's NUTS code
    EVERYTHING = "everything"  # the profile names no interest
    TOLD_BEFORE = "told_before"  # the profile is not met any more, but the person was told of the lot


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why a person is told. `quote` is the word around what was found, as it stands in the text."""

    kind: ReasonKind
    value: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """Why this person gets it. There is always a reason; interests come before areas."""

    reasons: tuple[Reason, ...]


def match(view: LotView, profile: Profile) -> Match | None:
    """Why the lot concerns the profile's owner, or None where it does not.

    A lot without an assessment, or one that is `unsuitable`, concerns nobody: neither is published. Whether the lot
    is still open is not asked here.
    """
    assessment, texts = view.assessment, tuple(_lot_texts(view.lot, view.notice))
    if assessment is None or assessment.verdict is Verdict.UNSUITABLE:
        return None
    if assessment.verdict.rank < profile.least_verdict.rank:
        return None
    if view.state is LotState.PLANNED and not profile.planned:
        return None
    if not _within(assessment.value_per_year or annual_value(view.lot), profile) or _left_out(texts, profile):
        return None
    codes = (view.lot.cpv_main, *view.lot.cpv_additional)
    interests = tuple(_interests(profile, assessment.trades, codes, texts))
    areas = _areas(view.lot.nuts, profile.areas)
    return Match(interests + areas) if interests and areas is not None else None


def match_agreement(view: AgreementView, profile: Profile) -> Match | None:
    """Why a running agreement concerns the profile's owner, or None.

    Verdicts and areas are not asked: an agreement has neither. Where the profile names no interest, any agreement
    in one of the trades is welcome, but not the town's insurance.
    """
    agreement, texts = view.agreement, (view.agreement.title,)
    if not profile.agreements or _left_out(texts, profile) or not _within(_yearly(agreement), profile):
        return None
    interests = tuple(_interests(profile, view.trades, agreement.cpv, texts))
    if not view.trades and interests == _EVERYTHING:
        return None
    return Match(interests) if interests else None


_EVERYTHING = (Reason(ReasonKind.EVERYTHING),)


def _interests(profile: Profile, trades: Sequence[str], codes: Sequence[str], texts: Sequence[str]) -> Iterator[Reason]:
    """Every interest of the profile that is met."""
    if not (profile.trades or profile.cpv_prefixes or profile.words):
        yield from _EVERYTHING
        return
    yield from (Reason(ReasonKind.TRADE, trade) for trade in profile.trades if trade in trades)
    prefixes = tuple(profile.cpv_prefixes)
    yield from (Reason(ReasonKind.CPV, code) for code in dict.fromkeys(codes) if prefixes and code.startswith(prefixes))
    for word in profile.words:
        if quote := find_word(word, texts):
            yield Reason(ReasonKind.WORD, word, quote)


def find_word(word: str, texts: Iterable[str]) -> str:
    """The word of the first text that holds `word`, as it stands there; "" where none does.

    Danish builds words together, so "rengøring" is found in "skolerengøringen". Up to three letters must stand
    alone: "is" is in every second word.

    >>> find_word("rengøring", ["Udbud af Skolerengøring, 2027"])
    'Skolerengøring'
    """
    pattern = _pattern(word)
    if pattern is None:
        return ""
    for text in texts:
        if hit := pattern.search(text):
            start, end = hit.span()
            # Widened by hand: \w* on both sides of a pattern takes quadratic time on a text without blanks.
            while start > 0 and end - start < _LONGEST_QUOTE and text[start - 1].isalnum():
                start -= 1
            while end < len(text) and end - start < _LONGEST_QUOTE and text[end].isalnum():
                end += 1
            return " ".join(text[start:end].split())
    return ""


_LONGEST_QUOTE = 80  # characters; longer than any compound that people read as one word


@functools.lru_cache(maxsize=4096)
def _pattern(word: str) -> re.Pattern[str] | None:
    """Finds a profile's word or phrase, whatever its case and the blanks in it; None for an empty one."""
    wanted = r"\s+".join(re.escape(part) for part in word.split())
    if not wanted:
        return None
    return re.compile(rf"(?<!\w){wanted}(?!\w)" if len(word.strip()) <= 3 else wanted, re.IGNORECASE)


def _left_out(texts: Sequence[str], profile: Profile) -> bool:
    return any(find_word(word, texts) for word in profile.words_out)


def _lot_texts(lot: Lot, notice: Notice) -> Iterator[str]:
    """What a lot says about itself, title first. The notice's description is not asked: it speaks of all lots."""
    yield lot.title
    yield lot.description
    yield notice.title
    for translation in lot.translations:
        yield translation.title
        yield translation.description


def _areas(nuts: Sequence[str], wanted: Sequence[str]) -> tuple[Reason, ...] | None:
    """The lot's places within or around the wanted areas; None where it has places and none of them is.

    NUTS codes nest by prefix: DK011 lies in DK01. A lot all over DK is also one in DK011. Codes such as DKZZZ
    ("extra-regio") say only that there is no place.
    """
    known = [code for code in nuts if not code[2:].startswith("Z")]
    if not wanted or not known:
        return ()
    met = [code for code in known if any(code.startswith(area) or area.startswith(code) for area in wanted)]
    return tuple(Reason(ReasonKind.AREA, code) for code in dict.fromkeys(met)) or None


def _within(yearly: Money | None, profile: Profile) -> bool:
    """Whether a value per year keeps the profile's limits; an unknown one, or one in another currency, does."""
    if yearly is None:
        return True
    least, most = profile.value_min, profile.value_max
    too_small = least is not None and least.currency == yearly.currency and yearly.amount < least.amount
    too_large = most is not None and most.currency == yearly.currency and yearly.amount > most.amount
    return not (too_small or too_large)


def _yearly(agreement: Agreement) -> Money | None:
    """An agreement's value for one year without options; None where the value or either day is unknown."""
    if agreement.value is None or agreement.start is None or agreement.end is None:
        return None
    years = max(Decimal((agreement.end - agreement.start).days + 1) / Decimal("365.25"), Decimal(1))
    return Money(agreement.value.amount / years, agreement.value.currency)
