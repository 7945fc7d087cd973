"""Which lots suit a social enterprise, and why: rules from config/suitability.toml, evidence, one verdict.

    load_rules(path)  ->  Rules            loading.py: the TOML, checked whole
    assess(lot, notice, rules)             assessing.py: the way through, in this order
        Case: texts with the words found   reading.py, by wordlists.py in one pass per text
        criteria -> evidence               reserved.py, trades.py, size.py, against.py
        demands -> what the buyer asks     demands.py
        evidence -> verdict                verdict.py, the one documented function

All of it is pure: the same lot, notice and rules give the same assessment.
"""

from __future__ import annotations

from notifier.suitability.assessing import agreement_trades, assess
from notifier.suitability.loading import load_rules
from notifier.suitability.reading import field_text
from notifier.suitability.rules import Rules, Trade

__all__ = ["Rules", "Trade", "agreement_trades", "assess", "field_text", "load_rules"]
