"""Does this lot, or this agreement, concern this subscriber, and why? Pure: one pair in, reasons or None out.

What a profile names is of two kinds. Interests (trades, CPV prefixes, words) are alternatives: one that is met is
enough, and none named means that all are welcome. Limits (areas, values, verdict, words to leave out) must all
hold; but what a lot does not state never excludes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from notifier.lots import Agreement, AgreementView, LotState, LotView, Money, Verdict, annual_value
from notifier.matching.words import find_word, lot_texts
from notifier.nomenclature import area_nuts
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
    assessment, texts = view.assessment, tuple(lot_texts(view.lot, view.notice))
    if assessment is None or assessment.verdict is Verdict.UNSUITABLE:
        return None
    if assessment.verdict.rank < profile.least_verdict.rank:
        return None
    if view.state is LotState.PLANNED and not profile.planned:
        return None
    yearly = yearly_value(view)
    if too_small(yearly, profile) or _left_out(texts, profile):
        return None
    if not profile.partnerships and too_large(yearly, profile):
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
    yearly = _yearly(agreement)
    if not profile.agreements or _left_out(texts, profile) or too_small(yearly, profile) or too_large(yearly, profile):
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


def _left_out(texts: Sequence[str], profile: Profile) -> bool:
    return any(find_word(word, texts) for word in profile.words_out)


def yearly_value(view: LotView) -> Money | None:
    """What a lot is worth in a year, without VAT, as it was judged; None where unknown."""
    assessment = view.assessment
    return (assessment.value_per_year if assessment else None) or annual_value(view.lot)


def known_places(nuts: Sequence[str]) -> tuple[str, ...]:
    """The lot's places, each once. Codes such as DKZZZ ("extra-regio") say only that there is no place."""
    return tuple(dict.fromkeys(code for code in nuts if not code[2:].startswith("Z")))


def meets(place: str, area: str) -> bool:
    """Whether a place lies in an area or around it: codes nest by prefix, and a lot all over DK is one in DK011 too."""
    return place.startswith(area) or area.startswith(place)


def _areas(nuts: Sequence[str], wanted: Sequence[str]) -> tuple[Reason, ...] | None:
    """The lot's places within or around the wanted areas; None where it has places and none of them is."""
    known = known_places(nuts)
    if not wanted or not known:
        return ()
    areas = [area_nuts(area) for area in wanted]
    return tuple(Reason(ReasonKind.AREA, code) for code in known if any(meets(code, area) for area in areas)) or None


def too_small(yearly: Money | None, profile: Profile) -> bool:
    """Whether a value per year lies below what is wanted; an unknown one, or one in another currency, does not."""
    least = profile.value_min
    return (
        yearly is not None and least is not None and least.currency == yearly.currency and yearly.amount < least.amount
    )


def too_large(yearly: Money | None, profile: Profile) -> bool:
    """Whether a value per year lies above what the person can carry alone."""
    most = profile.value_max
    if yearly is None or most is None or most.currency != yearly.currency:
        return False
    return yearly.amount > most.amount


def _yearly(agreement: Agreement) -> Money | None:
    """An agreement's value for one year without options; None where the value or either day is unknown."""
    if agreement.value is None or agreement.start is None or agreement.end is None:
        return None
    years = max(Decimal((agreement.end - agreement.start).days + 1) / Decimal("365.25"), Decimal(1))
    return Money(agreement.value.amount / years, agreement.value.currency)
