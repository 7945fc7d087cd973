"""Which lots and agreements concern whom, and why.

words.py   a profile's words in a lot's texts
pair.py    one lot and one profile: reasons or None; the rule
near.py    what a profile misses by one limit alone
index.py   one lot and very many profiles: the same answers without asking every pair
"""

from __future__ import annotations

from notifier.matching.index import Index
from notifier.matching.near import Missed, NearMiss, eased_profiles, near_miss
from notifier.matching.pair import Match, Reason, ReasonKind, match, match_agreement
from notifier.matching.words import find_word

__all__ = [
    "Index",
    "Match",
    "Missed",
    "NearMiss",
    "Reason",
    "ReasonKind",
    "eased_profiles",
    "find_word",
    "match",
    "match_agreement",
    "near_miss",
]
