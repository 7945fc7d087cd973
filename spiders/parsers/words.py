"""Words on pages into values: CPV and NUTS codes, reservations. Read for sure, or not at all.

Durations and options to extend are read by notifier/periods.py.
"""

from __future__ import annotations

import re

from notifier import text
from notifier.periods import blank, duration, latest_end, without_day

__all__ = [
    "blank",
    "cpv_codes",
    "duration",
    "latest_end",
    "nature",
    "nuts_codes",
    "reservation",
    "slug",
    "without_day",
    "yes_no",
]

_CPV = re.compile(r"(?<!\d)(\d{8})(?:-\d)?(?!\d)")
_NUTS = re.compile(r"\b[A-Z]{2}[0-9A-Z]{1,3}\b")


def cpv_codes(words: str) -> tuple[str, ...]:
    """The CPV codes (BT-262, BT-263) in a text, eight digits each, without the check digit, in their order.

    >>> cpv_codes("90910000-9 Rengøring; 90911200")
    ('90910000', '90911200')
    """
    return tuple(dict.fromkeys(_CPV.findall(words)))


def nuts_codes(words: str) -> tuple[str, ...]:
    """The NUTS codes (BT-5071) in a text. A place in words gives none.

    >>> nuts_codes("Byen København (DK011)"), nuts_codes("Hele kommunen")
    (('DK011',), ())
    """
    return tuple(dict.fromkeys(code for code in _NUTS.findall(words) if any(c.isdigit() for c in code)))


def reservation(words: str) -> tuple[str, ...] | None:
    """What a field labelled as reservation says, in the codes of BT-71; None where it is not understood.

    § 54 of udbudsloven is article 20 of directive 2014/24/EU (sheltered workshops), § 190 is its article 77.

    >>> reservation("Ja, efter udbudslovens § 54"), reservation("§ 190"), reservation("Nej"), reservation("Ja")
    (('res-ws',), ('res-pub-ser',), (), None)
    >>> reservation("Ja, beskyttede værksteder"), reservation("ikke reserveret efter § 54")
    (('res-ws',), ())
    """
    if blank(words) or yes_no(words) == "no":
        return ()
    laws = {
        "res-ws": r"§\s*54\b|\b(?:art\.?|artikel|article)\s*20\b|\bres-ws\b|\bbeskyttede?\s+værksted\w*|"
        r"\bsheltered\s+workshop\w*|\bsociale?\s+og\s+faglige?\s+integration\b",
        "res-pub-ser": r"§\s*190\b|\b(?:art\.?|artikel|article)\s*77\b|\bres-pub-ser\b",
    }
    found = tuple(code for code, law in laws.items() if re.search(law, words, re.IGNORECASE))
    denied = re.search(r"\b(?:ikke|nej|not|no)\b", words, re.IGNORECASE)
    return found if found and not denied else None


def yes_no(words: str) -> str | None:
    """ "yes" or "no" where a text begins with it or is nothing else, else None.

    >>> yes_no("Ja, helt"), yes_no("Nej."), yes_no("Måske") is None
    ('yes', 'no', True)
    """
    first = re.match(r"\W*(\w+)", words)
    word = first[1].casefold() if first else ""
    return {"ja": "yes", "yes": "yes", "nej": "no", "no": "no", "ikke": "no", "not": "no"}.get(word)


_NATURES = {
    "services": ("tjenesteydelse", "ydelser", "services", "service", "tjenester"),
    "supplies": ("varer", "varekøb", "vareindkøb", "indkøb af varer", "supplies", "goods"),
    "works": ("bygge", "anlæg", "works"),
}


def nature(words: str) -> str:
    """BT-23 in its codes: services, supplies, works; "" where the words name none or several.

    >>> nature("Tjenesteydelser"), nature("Bygge- og anlægsarbejder"), nature("Varer og tjenesteydelser")
    ('services', 'works', '')
    """
    found = [code for code, stems in _NATURES.items() if any(stem in words.casefold() for stem in stems)]
    return found[0] if len(found) == 1 else ""


def slug(words: str) -> str:
    """Letters, digits and hyphens for a key.

    >>> slug("Rengøring af skoler & børnehaver")
    'rengoering-af-skoler-boernehaver'
    """
    plain = text.clean_line(words).casefold().replace("æ", "ae").replace("ø", "oe").replace("å", "aa")
    return re.sub(r"[\W_]+", "-", plain).strip("-")
