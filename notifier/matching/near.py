"""Near misses: a public lot that one single limit of a profile keeps away, and only just. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from notifier.lots import LotView, Money, Verdict
from notifier.matching.pair import Match, match
from notifier.nomenclature import area_nuts
from notifier.profiles import Profile

_STRETCH = Decimal("1.5")  # times a limit of value: what lies further away is no near miss
_REGION = 4  # letters of a NUTS code down to the region, DK01


class Missed(StrEnum):
    """The limit that was missed."""

    TOO_LARGE = "too_large"
    TOO_SMALL = "too_small"
    AREA = "area"
    VERDICT = "verdict"


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Why the lot would have been told, but for what was missed."""

    match: Match
    missed: Missed


def near_miss(view: LotView, profile: Profile) -> NearMiss | None:
    """What keeps the lot from this profile, where that is one limit and near; None where it is told, or far away."""
    if match(view, profile) is not None:
        return None
    for missed, eased in eased_profiles(profile):
        if found := match(view, eased):
            return NearMiss(found, missed)
    return None


def eased_profiles(profile: Profile) -> Iterator[tuple[Missed, Profile]]:
    """The profile with one limit eased, the one that people can most easily do something about first."""
    if profile.value_max is not None and not profile.partnerships:
        yield Missed.TOO_LARGE, replace(profile, value_max=_times(profile.value_max, _STRETCH))
    if profile.value_min is not None:
        yield Missed.TOO_SMALL, replace(profile, value_min=_times(profile.value_min, 1 / _STRETCH))
    if profile.areas:
        yield Missed.AREA, replace(profile, areas=tuple(area_nuts(area)[:_REGION] for area in profile.areas))
    if profile.least_verdict is not Verdict.POSSIBLE:
        yield Missed.VERDICT, replace(profile, least_verdict=Verdict.POSSIBLE)


def _times(money: Money, factor: Decimal) -> Money:
    return Money(money.amount * factor, money.currency)
