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

# Everywhere else that has one zone: overseas territories, and the countries in which the EU's delegations buy. "1A" is
# what TED called Kosovo.
_ELSEWHERE: Final = """
    1A Europe/Belgrade
    AD Europe/Andorra  AE Asia/Dubai  AF Asia/Kabul  AG America/Antigua  AI America/Anguilla  AM Asia/Yerevan
    AO Africa/Luanda  AS Pacific/Pago_Pago  AW America/Aruba  AX Europe/Mariehamn  AZ Asia/Baku
    BB America/Barbados  BD Asia/Dhaka  BF Africa/Ouagadougou  BH Asia/Bahrain  BI Africa/Bujumbura
    BJ Africa/Porto-Novo  BL America/St_Barthelemy  BM Atlantic/Bermuda  BN Asia/Brunei  BO America/La_Paz
    BQ America/Kralendijk  BS America/Nassau  BT Asia/Thimphu  BW Africa/Gaborone  BY Europe/Minsk
    BZ America/Belize  CC Indian/Cocos  CF Africa/Bangui  CG Africa/Brazzaville  CI Africa/Abidjan
    CK Pacific/Rarotonga  CM Africa/Douala  CO America/Bogota  CR America/Costa_Rica  CU America/Havana
    CV Atlantic/Cape_Verde  CW America/Curacao  CX Indian/Christmas  DJ Africa/Djibouti  DM America/Dominica
    DO America/Santo_Domingo  DZ Africa/Algiers  EG Africa/Cairo  EH Africa/El_Aaiun  ER Africa/Asmara
    ET Africa/Addis_Ababa  FJ Pacific/Fiji  FK Atlantic/Stanley  GA Africa/Libreville  GD America/Grenada
    GF America/Cayenne  GG Europe/Guernsey  GH Africa/Accra  GI Europe/Gibraltar  GM Africa/Banjul
    GN Africa/Conakry  GP America/Guadeloupe  GQ Africa/Malabo  GS Atlantic/South_Georgia  GT America/Guatemala
    GU Pacific/Guam  GW Africa/Bissau  GY America/Guyana  HK Asia/Hong_Kong  HN America/Tegucigalpa
    HT America/Port-au-Prince  IL Asia/Jerusalem  IM Europe/Isle_of_Man  IN Asia/Kolkata  IO Indian/Chagos
    IQ Asia/Baghdad  IR Asia/Tehran  JE Europe/Jersey  JM America/Jamaica  JO Asia/Amman  JP Asia/Tokyo
    KE Africa/Nairobi  KG Asia/Bishkek  KH Asia/Phnom_Penh  KM Indian/Comoro  KN America/St_Kitts
    KP Asia/Pyongyang  KR Asia/Seoul  KW Asia/Kuwait  KY America/Cayman  LA Asia/Vientiane  LB Asia/Beirut
    LC America/St_Lucia  LK Asia/Colombo  LR Africa/Monrovia  LS Africa/Maseru  LY Africa/Tripoli
    MA Africa/Casablanca  MC Europe/Monaco  MF America/Marigot  MG Indian/Antananarivo  ML Africa/Bamako
    MM Asia/Yangon  MO Asia/Macau  MP Pacific/Saipan  MQ America/Martinique  MR Africa/Nouakchott
    MS America/Montserrat  MU Indian/Mauritius  MV Indian/Maldives  MW Africa/Blantyre  MZ Africa/Maputo
    NA Africa/Windhoek  NC Pacific/Noumea  NE Africa/Niamey  NF Pacific/Norfolk  NG Africa/Lagos
    NI America/Managua  NP Asia/Kathmandu  NR Pacific/Nauru  NU Pacific/Niue  OM Asia/Muscat  PA America/Panama
    PE America/Lima  PH Asia/Manila  PK Asia/Karachi  PM America/Miquelon  PN Pacific/Pitcairn
    PR America/Puerto_Rico  PW Pacific/Palau  PY America/Asuncion  QA Asia/Qatar  RE Indian/Reunion
    RW Africa/Kigali  SA Asia/Riyadh  SB Pacific/Guadalcanal  SC Indian/Mahe  SD Africa/Khartoum
    SG Asia/Singapore  SH Atlantic/St_Helena  SJ Arctic/Longyearbyen  SL Africa/Freetown  SM Europe/San_Marino
    SN Africa/Dakar  SO Africa/Mogadishu  SR America/Paramaribo  SS Africa/Juba  ST Africa/Sao_Tome
    SV America/El_Salvador  SX America/Lower_Princes  SY Asia/Damascus  SZ Africa/Mbabane  TC America/Grand_Turk
    TD Africa/Ndjamena  TF Indian/Kerguelen  TG Africa/Lome  TH Asia/Bangkok  TJ Asia/Dushanbe
    TK Pacific/Fakaofo  TL Asia/Dili  TM Asia/Ashgabat  TN Africa/Tunis  TO Pacific/Tongatapu
    TT America/Port_of_Spain  TV Pacific/Funafuti  TW Asia/Taipei  TZ Africa/Dar_es_Salaam  UG Africa/Kampala
    UY America/Montevideo  VA Europe/Vatican  VC America/St_Vincent  VE America/Caracas  VG America/Tortola
    VI America/St_Thomas  VN Asia/Ho_Chi_Minh  VU Pacific/Efate  WF Pacific/Wallis  WS Pacific/Apia
    YE Asia/Aden  YT Indian/Mayotte  ZA Africa/Johannesburg  ZM Africa/Lusaka  ZW Africa/Harare
""".split()

_BY_COUNTRY: Final = {
    country: name
    for two, three, name in zip(_ZONES[::3], _ZONES[1::3], _ZONES[2::3], strict=True)
    for country in (two, three)
} | dict(zip(_ELSEWHERE[::2], _ELSEWHERE[1::2], strict=True))


@lru_cache(maxsize=len(_BY_COUNTRY))  # ZoneInfo itself keeps eight, and reads a file for the ninth
def zone_of(country: str) -> ZoneInfo | None:
    """The zone of a country (DK or DNK), None where it is not known.

    >>> str(zone_of("DNK")), zone_of("QQ")
    ('Europe/Copenhagen', None)
    """
    name = _BY_COUNTRY.get(country.upper())
    return ZoneInfo(name) if name else None
