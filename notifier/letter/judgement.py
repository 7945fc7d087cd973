"""Why a lot is marked as it is, and what the buyer asks, both in the notice's own words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from notifier.digest import Digest, LotEntry
from notifier.letter.values import Fact, Value
from notifier.lots import Assessment, Demand, Evidence, LotState, LotView
from notifier.phrases import (
    asked_together,
    demand_names,
    field_language,
    place_of,
    quoted,
    shorten,
    telling,
    told_criterion,
    write_cpv,
)
from notifier.words import Words

_EVIDENCE_SHOWN = 3  # the strongest; the page has them all
_DEMANDS_SHOWN = 4
_QUOTE = 180  # characters of a quote: some two lines


def judgement(entry: LotEntry, digest: Digest, w: Words) -> Iterator[Fact]:
    """Why the lot is marked as it is, and what the buyer asks, both in the notice's own words."""
    view, assessment = entry.view, entry.view.assessment
    if assessment is None:
        return
    asked = tuple(_demand(group, view, w) for group in asked_together(assessment.demands))
    if asked:
        more = len(asked) - _DEMANDS_SHOWN
        rest = (Value(w("mail.asks_more", count=more)),) if more > 0 else ()
        yield Fact(w("mail.asks"), (*asked[:_DEMANDS_SHOWN], *rest), listed=True)
    elif view.state is LotState.OPEN:  # a planned one has no documents yet
        yield Fact(
            w("mail.asks"), (Value(w("common.ask_who_posted" if view.is_small_purchase else "common.ask_the_buyer")),)
        )
    for label, evidence in (("mail.why", _speaking_for(assessment)), ("mail.against", _speaking_against(assessment))):
        told = tuple(dict.fromkeys(_evidence(one, view, digest, w) for one in evidence))
        if told:
            yield Fact(w(label), told[:_EVIDENCE_SHOWN], listed=True)


def _speaking_for(assessment: Assessment) -> tuple[Evidence, ...]:
    """Of trades those that the lot is listed under; a code only where no word says the same."""
    found = telling(one for one in assessment.evidence if one.weight > 0 and one.criterion != "size")
    worded = {one.trade for one in found if one.criterion == "trade_words"}
    return tuple(
        one
        for one in found
        if not one.trade
        or (one.trade in assessment.trades and not (one.criterion == "trade_cpv" and one.trade in worded))
    )


def _speaking_against(assessment: Assessment) -> tuple[Evidence, ...]:
    """What the buyer asks is told by itself, under what it requires."""
    return telling(one for one in assessment.evidence if one.weight <= 0 and one.criterion in _AGAINST)


_AGAINST = ("size", "hard_scope", "doubt", "reserved_elsewhere")


def _evidence(evidence: Evidence, view: LotView, digest: Digest, w: Words) -> Value:
    """ "Rengøring: »skolerengøring« (i titlen)". Of codes, readers use CPV alone."""
    criterion = told_criterion(evidence)
    keys = (f"mail.criterion_{criterion}_{evidence.note}", f"mail.criterion_{criterion}")
    key = next((key for key in keys if key in w), "mail.criterion_other")
    what = digest.trade_names.get(evidence.trade) or w(key)
    if evidence.note.startswith("§"):
        what = f"{what} ({evidence.note})"
    if evidence.criterion == "trade_cpv":
        return Value(f"{what}: {w('mail.cpv', code=write_cpv(evidence.quote, w.language))}")
    if not evidence.quote or evidence.criterion in _BY_CODE:
        return Value(what)
    place = place_of(evidence.field, w.language)
    after = f" ({place})" if place else ""
    return _said(what, evidence.quote, field_language(evidence.field, view), w, after)


# Criteria met by a code or an amount: what it means stands in the criterion's own words.
_BY_CODE = frozenset(
    {
        "reserved_participation",
        "reserved_execution",
        "social_objective",
        "sme_suitable",
        "light_regime",
        "size",
        "hard_scope",
        "doubt",
    }
)


def _demand(group: Sequence[Demand], view: LotView, w: Words) -> Value:
    return _said(demand_names(group, w.language), group[0].quote, field_language(group[0].field, view), w)


def _said(what: str, quote: str, language: str, w: Words, after: str = "") -> Value:
    said = quoted(shorten(quote, _QUOTE), w.language)
    return Value(f"{what}: ", said, after, language if language != w.language else "")
