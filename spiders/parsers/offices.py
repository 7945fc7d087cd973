"""Contacts: an office stays, a person's name or address is dropped at the border."""

from __future__ import annotations

import re

from notifier import text

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# Mailboxes that belong to an office, whole or before a further word (indkoeb-oek@…).
_MAILBOX = re.compile(
    r"(?:indk(?:oe|ø|o)b\w*|udbud\w*|kontrakt\w*|aftale\w*|info|post|mail|kontakt|jura|logistik|oekonomi|økonomi|"
    r"purchasing|procurement|tender|tenders|contact|office)(?:[.+-]\w+)?",
    re.IGNORECASE,
)
# An office's name is made of these words only: one that is not known might be a person's.
_WORD = re.compile(
    r"(?:center|centeret|centret|team|indkøb|udbud|kontrakter|kontraktstyring|aftaler|logistik|jura|økonomi|fællesindkøb|"
    r"\w*afdeling\w*|\w*enhed\w*|\w*sekretariat\w*|\w*kontor\w*|\w*center\w*|vej|park|drift|ejendomme|service|"
    r"\w*forvaltning\w*|kommune\w*|procurement|purchasing|department|office|unit|og|for|i|and|of|the|&)",
    re.IGNORECASE,
)


def office(words: str) -> str:
    """What of a contact is an office, its parts joined by commas; "" where nothing surely is.

    >>> office("Indkøb og Udbud, indkoeb@by.example"), office("Hanne Hansen, hhan@by.example")
    ('Indkøb og Udbud, indkoeb@by.example', '')
    """
    parts: list[str] = []
    for piece in re.split(r"[,;/\n|()]+", text.clean(words)):
        parts += [email for email in _EMAIL.findall(piece) if _MAILBOX.fullmatch(email.partition("@")[0])]
        named = [] if "@" in piece else piece.split()
        if named and all(_WORD.fullmatch(word.strip(".:-")) for word in named):
            parts.append(" ".join(named))
    return ", ".join(dict.fromkeys(parts))
