"""What a public page says of an item, in a hash: what is mailed can be compared with what was published before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import msgspec

from notifier.lots import AgreementView, LotState, LotView, SourceRun


def lot_fingerprint(view: LotView) -> str:
    """A hash of all that a lot's page tells: any change of a fact, of the verdict or its reasons makes another.

    Left out is what no page shows: the score, the version of the rules, flags, and when things were stored; and that
    a deadline has passed, which follows from the deadline and needs no new page to be known.
    """
    state = LotState.OPEN if view.state is LotState.EXPIRED else view.state
    assessment = view.assessment
    shown = assessment and (
        assessment.verdict,
        assessment.trades,
        assessment.evidence,
        assessment.demands,
        assessment.value_per_year,
    )
    notice = view.notice
    of_notice = (
        notice.title,
        notice.url,
        notice.language,
        notice.description,
        notice.buyers,
        notice.publication_number,
    )
    return _hash((view.uid, view.slug, state, view.lot, of_notice, notice.published, shown, _changes(view)))


def _changes(view: LotView) -> list[dict[str, Any]]:
    """The changes as they were hashed before there were corrections: those of a source have no mark of their own."""
    told: list[dict[str, Any]] = msgspec.to_builtins(view.changes)
    for field in (field for change in told for field in change["fields"] if not field["ours"]):
        del field["ours"]
    return told


def agreement_fingerprint(view: AgreementView) -> str:
    """A hash of all that the page of agreements tells of one."""
    return _hash((view.uid, view.slug, view.agreement, view.trades))


COVERAGE = "coverage"  # the item that stands for what the front page says was read


def coverage_fingerprint(runs: Iterable[SourceRun]) -> str:
    """The beginning of the newest reading that the front page tells of, in ISO 8601; "" where there is none."""
    return max((run.started.isoformat() for run in runs), default="")


def coverage_shown(runs: Iterable[SourceRun], fingerprint: str) -> tuple[SourceRun, ...]:
    """The readings that were told of on the front page when it had this fingerprint."""
    return tuple(run for run in runs if run.started.isoformat() <= fingerprint)


def _hash(value: object) -> str:
    """Of the value's JSON, keys in order, so the same in every process. ASCII takes even half a surrogate pair."""
    encoded = json.dumps(msgspec.to_builtins(value), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(encoded.encode("ascii")).hexdigest()[:32]
