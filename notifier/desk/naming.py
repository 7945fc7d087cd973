"""What things are called at the desk. Pure."""

from __future__ import annotations

from notifier.lots import Verdict
from notifier.words import Words


def verdict_name(verdict: Verdict, w: Words) -> str:
    """ "Relevant"; "Ikke relevant", whoever says so: an officer's word is no lack of a mark."""
    return w(f"common.verdict_{verdict.value}")
