"""Time zones by the country of the buyer, for sources that print a time of day without its offset."""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

# Member states, the rest of the EEA, and the other countries whose buyers publish on TED. Two letters as TED
# writes them (EL and GR, UK and GB), three letters as eForms does. A country with several zones has its capital's.
_ZONES: Final = """
    AT AUT Europe/Vienna       BE BEL Europe/Brussels     BG BGR Europe/Sofia       HR HRV Europe/Zagreb
    CY CYP Asia/Nicosia        CZ CZE Europe/Prague       DK DNK Europe/Copenhagen  EE EST Europe/Tallinn
    FI FIN Europe/Helsinki     FR FRA Europe/Paris        DE DEU Europe/Berlin      EL GRC Europe/Athens
    GR GRC Europe/Athens       HU HUN Europe/Budapest     IE IRL Europe/Dublin      IT ITA Europe/Rome
    LV LVA Europe/Riga         LT LTU Europe/Vilnius      LU LUX Europe/Luxembourg  MT MLT Europe/Malta
    NL NLD Europe/Amsterdam    PL POL Europe/Warsaw       PT PRT Europe/Lisbon      RO ROU Europe/Bucharest
    SK SVK Europe/Bratislava   SI SVN Europe/Ljubljana    ES ESP Europe/Madrid      SE SWE Europe/Stockholm
    NO NOR Europe/Oslo         IS ISL Atlantic/Reykjavik  LI LIE Europe/Vaduz       CH CHE Europe/Zurich
    UK GBR Europe/London       GB GBR Europe/London       MK MKD Europe/Skopje      ME MNE Europe/Podgorica
    RS SRB Europe/Belgrade     AL ALB Europe/Tirane       BA BIH Europe/Sarajevo    XK XKX Europe/Belgrade
    TR TUR Europe/Istanbul     UA UKR Europe/Kyiv         MD MDA Europe/Chisinau    GE GEO Asia/Tbilisi
    FO FRO Atlantic/Faroe      GL GRL America/Nuuk
""".split()

_BY_COUNTRY: Final = {
    country: name
    for two, three, name in zip(_ZONES[::3], _ZONES[1::3], _ZONES[2::3], strict=True)
    for country in (two, three)
}


@lru_cache(maxsize=len(_BY_COUNTRY))  # ZoneInfo itself keeps eight, and reads a file for the ninth
def zone_of(country: str) -> ZoneInfo | None:
    """The zone of a country (DK or DNK), None where it is not known.

    >>> str(zone_of("DNK")), zone_of("QQ")
    ('Europe/Copenhagen', None)
    """
    name = _BY_COUNTRY.get(country.upper())
    return ZoneInfo(name) if name else None
