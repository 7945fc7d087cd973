"""What pages say of a trade."""

from __future__ import annotations

from notifier.nomenclature import cpv_name
from notifier.site.reader import NamedTrade, Reader


def explained(trade: NamedTrade, one: Reader) -> str:
    """What a trade is in plain words: those of the texts, else what its CPV codes are called."""
    if (key := f"search.trade_{trade.key}") in one.w:
        return one.w(key)
    names = [cpv_name(code.ljust(8, "0"), one.language) for code in trade.cpv]
    work = ", ".join(name.lower() for name in dict.fromkeys(names) if name)
    return one.w("search.trade_other", work=work) if work else ""
