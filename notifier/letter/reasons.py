"""Why this person is told: the reasons of a match as one sentence."""

from __future__ import annotations

from notifier.digest import Digest
from notifier.grammar import capital, conjoined, small_letters
from notifier.matching import Match, Reason, ReasonKind
from notifier.phrases import quoted, write_cpv, write_nuts
from notifier.words import Words


def reasons(match: Match, digest: Digest, w: Words) -> str:
    """ "I følger rengøring, og opgaven ligger i Byen København." as one sentence."""
    trades = [digest.trade_names[reason.value] for reason in match.reasons if _named(reason, digest)]
    phrases = [w("mail.reason_trade", names="; ".join(small_letters(trades)))] if trades else []
    areas = [write_nuts(reason.value, w.language) for reason in match.reasons if reason.kind is ReasonKind.AREA]
    phrases += [_reason(reason, w) for reason in match.reasons if reason.kind in _SINGLE]
    if areas:
        phrases.append(w("mail.reason_area", place=conjoined(areas, w)))
    return f"{capital('; '.join(phrases))}." if phrases else w("mail.reason_profile")


_SINGLE = (ReasonKind.CPV, ReasonKind.WORD, ReasonKind.EVERYTHING, ReasonKind.TOLD_BEFORE)


def _named(reason: Reason, digest: Digest) -> bool:
    """Whether it is a trade that the rules still know by a name: a key is no word for people."""
    return reason.kind is ReasonKind.TRADE and reason.value in digest.trade_names


def _reason(reason: Reason, w: Words) -> str:
    word, said = quoted(reason.value, w.language), quoted(reason.quote, w.language)
    return w(f"mail.reason_{reason.kind}", code=write_cpv(reason.value, w.language), word=word, quote=said)
