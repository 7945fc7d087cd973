"""Values as a reader sees them, in one language: places, deadlines, values per year, verdicts, changes.

Pure; the templates' filters (render.py) and the mail's composer (letter.py) both stand on it, so a mail and a page
say the same thing with the same words. Codes become words here or, where a word is unknown, stay the codes that
the source published.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from notifier.amounts import write_money
from notifier.clock import COPENHAGEN, days_left, write_day, write_deadline
from notifier.grammar import conjoined, small_letters
from notifier.lots import (
    Assessment,
    Deadline,
    Demand,
    Evidence,
    FieldChange,
    Lot,
    LotView,
    Money,
    Notice,
    Verdict,
    annual_value,
)
from notifier.nomenclature import area_name, cpv_name, nuts_name
from notifier.people import Stand, left_out
from notifier.text import sentence_around
from notifier.words import Words, words


@dataclass(frozen=True, slots=True)
class Foreign:
    """Words of a source with the language they are written in (ISO 639-1, "" where it is the reader's own)."""

    words: str
    language: str = ""


def shorten(text: str, limit: int) -> str:
    """One line of at most `limit` characters, cut between two words with an ellipsis."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    # A title without blanks is cut where it is; otherwise the last whole word stands.
    return (cut.rsplit(" ", 1)[0] if " " in cut[limit // 2 :] else cut).rstrip(" ,.;:–-") + "…"


def apart(text: str, said: str) -> str:
    """What a text lists beside what is `said` already.

    >>> apart("Nørrevang Kommune, Nordjylland", "Nørrevang kommune")
    'Nordjylland'
    """
    known = said.strip().casefold()
    return ", ".join(part for part in text.split(", ") if part.strip().casefold() != known)


def quoted(text: str, language: str) -> str:
    """In the language's quotation marks: »sådan« in Danish, “so” in English."""
    left, right = ("»", "«") if language == "da" else ("“", "”")
    return f"{left}{text}{right}"


def without_people(scraped: str, language: str) -> str:
    """Names, phone numbers and mail addresses of contact persons, replaced by pointers to the source.

    Buyers write their officers' names into descriptions; the source may publish them, we do not spread them. A name
    in running text cannot be told from other words and stays.
    """
    return left_out(scraped, _stand(language))


@functools.lru_cache(maxsize=4)
def _stand(language: str) -> Stand:
    w = words(language)
    return Stand(w("common.person_left_out"), w("common.address_left_out"), w("common.phone_left_out"))


def field_language(field: str, view: LotView) -> str:
    """The language of a field's text: that of the notice, or of the translation that the field names."""
    number = re.match(r"translations\[([0-9]{1,3})\]", field)
    translation = next(iter(view.lot.translations[int(number[1]) :]), None) if number else None
    return language_tag(translation.language if translation else view.notice.language)


_TAG = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")


def language_tag(code: str) -> str:
    """A language as pages and feeds name it (BCP 47); "" for what a source gave that is no language.

    >>> language_tag("de"), language_tag("LANG <x>")
    ('de', '')
    """
    return code if _TAG.fullmatch(code) else ""


_PLACES = {
    "title": "title",
    "description": "description",
    "notice.title": "tender_title",
    "notice.description": "tender_description",
    "performance_terms": "terms",
    "selection_criteria": "criteria",
    "additional_information": "information",
}


def place_of(field: str, language: str) -> str:
    """Where quoted words stand: "i titlen", "i udbuddets beskrivelse"; "" where there is no word for it.

    Of a list or a translation, the part without its number counts: "translations[0].title" is a title.
    """
    name = _PLACES.get(field) or _PLACES.get(re.sub(r"^translations\[[0-9]+\]\.|\[[0-9]+\]$", "", field))
    return words(language)(f"mail.in_{name}") if name else ""


def telling(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """What a reader is shown of the evidence, the heaviest first.

    A reservation is told once, in the notice's own words where it has any. The same word or code is told once, and of
    each trade one word and one code: "Kantine" in the title says as much as "kantine" in the title, the description and
    the whole tender's description together.
    """
    shown: list[Evidence] = []
    said: set[tuple[str, str]] = set()
    for one in sorted(_reserved_once(doubted_once(evidence)), key=lambda found: -abs(found.weight)):
        marks = {(one.criterion, one.quote.casefold())} if one.quote else set()
        if one.trade:
            marks.add((one.criterion, f"trade {one.trade}"))
        if not marks & said:
            shown.append(one)
        said |= marks
    return tuple(shown)


def of_own_trades(judged: Assessment) -> tuple[Evidence, ...]:
    """The evidence without what speaks for trades that the lot is not listed under; where it is under none, all."""
    own = set(judged.trades)
    return tuple(one for one in judged.evidence if not own or not one.trade or one.trade in own)


def _reserved_once(evidence: Iterable[Evidence]) -> Iterator[Evidence]:
    """One piece for each paragraph. Words that name none say nothing beside a code or words that do."""
    found = tuple(evidence)
    worded = {one.note for one in found if one.criterion == "reserved_text"}
    named = {one.note for one in found if one.criterion in _RESERVING} - {""}
    told: set[str] = set()
    for one in found:
        if one.criterion == "reserved_text":
            if one.note not in told and (one.note or not named):
                yield one
            told.add(one.note)
        elif told_criterion(one) != "reserved_participation" or one.note not in worded:
            yield one


_RESERVING = ("reserved_participation", "reserved_text")


def doubted_once(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Without the work out of reach where a doubt stands beside it: the doubt says the same of a reserved lot."""
    found = tuple(evidence)
    doubted = any(one.criterion == "doubt" for one in found)
    return tuple(one for one in found if not (doubted and one.criterion == "hard_scope"))


def first_sentence(text: str) -> str:
    """What a description begins with; "" for an empty one."""
    begin, end = sentence_around(text, 0, 1) if text else (0, 0)
    return text[begin:end]


_EXECUTION = "res-program"  # BT-71 names it among who may take part, though it says how the work is carried out


def told_criterion(found: Evidence) -> str:
    """The criterion as readers are told it: a code for sheltered employment programmes reserves the execution."""
    by_code = found.criterion == "reserved_participation" and found.quote == _EXECUTION
    return "reserved_execution" if by_code else found.criterion


def told_reason(found: Assessment) -> str:
    """Why the verdict is what it is, as a key of the texts (explain.reason_…), with the same in mind."""
    codes = [one for one in found.evidence if one.criterion == "reserved_participation"]
    by_program = found.reason == "reserved_participation" and codes and {one.quote for one in codes} == {_EXECUTION}
    return "reserved_execution" if by_program else found.reason


def asked_together(demands: Iterable[Demand]) -> tuple[tuple[Demand, ...], ...]:
    """Demands in groups that one sentence makes: it is quoted once, under the names of all that it asks."""
    groups: dict[tuple[str, str], list[Demand]] = {}
    for demand in demands:
        groups.setdefault((demand.field, demand.quote), []).append(demand)
    return tuple(tuple(group) for group in groups.values())


def demand_names(group: Sequence[Demand], language: str) -> str:
    """ "Omsætning, referencer og garanti"."""
    w = words(language)
    names = list(dict.fromkeys(w(f"common.demand_{demand.kind}") for demand in group))
    return conjoined([names[0], *small_letters(names[1:])], w)


# -- days and money ------------------------------------------------------------------------------------------------


def write_days_left(deadline: Deadline, at: dt.datetime, language: str) -> str:
    """ "i dag", "i morgen", "om 15 dage" counted in Copenhagen's calendar days; "overskredet" when it has passed."""
    days = days_left(deadline, at)
    if days < 0 or deadline.at < at:
        return words(language)("mail.days_passed")
    if days < 2:
        return words(language)(("mail.days_today", "mail.days_tomorrow")[days])
    return words(language)("mail.days", count=days)


def write_value(money: Money | None, language: str) -> str:
    """An amount without VAT, or "ikke oplyst"."""
    return write_money(money, language) if money else words(language)("common.unknown")


def value_per_year(view: LotView) -> Money | None:
    """What the assessment found for one year, else what the notice's value and length give; None where unknown."""
    found = view.assessment.value_per_year if view.assessment else None
    return found or annual_value(view.lot)


def value_phrase(view: LotView, language: str) -> str:
    """ "1.250.000 kr. om året ekskl. moms"; where only the whole is known, that; else "ikke oplyst"."""
    w = words(language)
    yearly, lot = value_per_year(view), view.lot
    if yearly:
        return w("mail.value_yearly", amount=write_money(_about(yearly), language))
    if lot.value:
        return w("mail.value_whole", amount=write_money(lot.value, language))
    if lot.framework_maximum:
        return w("mail.value_maximum", amount=write_money(lot.framework_maximum, language))
    return w("common.unknown")


def _about(money: Money) -> Money:
    """Three digits of a calculated amount: more would claim what nobody knows."""
    return replace(money, amount=Decimal(f"{money.amount:.3g}"))


# -- places --------------------------------------------------------------------------------------------------------


def write_area(code: str, language: str) -> str:
    """An area that somebody follows: a municipality by its name, one of NUTS as `write_nuts` does."""
    return area_name(code) if code.isdigit() and area_name(code) else write_nuts(code, language)


def write_nuts(code: str, language: str) -> str:
    """The name of a NUTS code: our words in Denmark (DK: hele Danmark), abroad the area's own name; else the code."""
    w, key = words(language), f"mail.place_{code}"
    return w(key) if key in w else nuts_name(code) or code


def write_cpv(code: str, language: str) -> str:
    """ "90911200 (Rengøring af bygninger)"; a prefix has the name of its group, an unknown code stands alone."""
    name = cpv_name(code.ljust(8, "0"), language)
    return f"{code} ({name})" if name else code


def write_place(lot: Lot, language: str) -> str:
    """Where the work is done: the place in the source's words, then the areas' names; "ikke oplyst" where unknown."""
    names = [write_nuts(code, language) for code in lot.nuts]
    if lot.place:
        names = [lot.place, *(name for name in names if name not in lot.place and name not in lot.nuts)]
    return ", ".join(dict.fromkeys(names)) or words(language)("common.unknown")


# -- titles and verdicts -------------------------------------------------------------------------------------------


def title_for(lot: Lot, notice: Notice, language: str) -> Foreign:
    """The title in the reader's language where the notice has one, else in the notice's own, which is then named."""
    for translation in lot.translations:
        if translation.language == language != notice.language and translation.title:
            return Foreign(translation.title)
    return foreign(lot.title or notice.title, notice, language)


def foreign(text: str, notice: Notice, language: str) -> Foreign:
    """Words of a notice, marked with its language where that is not the reader's."""
    return Foreign(text, language_tag(notice.language) if notice.language != language else "")


def verdict_phrase(lot: Lot, assessment: Assessment, language: str) -> str:
    """ "Relevant", "Måske – fx som underleverandør", or the reservation by its paragraph."""
    w = words(language)
    if assessment.verdict is Verdict.RESERVED:
        return w(f"common.{reservations(lot)[0]}")
    return w(f"common.verdict_{assessment.verdict}")


def reservations(lot: Lot) -> tuple[str, ...]:
    """Keys of the texts on a reserved lot's legal bases; `reserved_text` where no code names one."""
    w = words("da")
    keys = [key for code in lot.reserved if f"common.{(key := f'reserved_{code}')}" in w]
    if not keys and lot.reserved_execution == "yes":
        keys = ["reserved_execution"]
    return tuple(dict.fromkeys(keys)) or ("reserved_text",)


def reservation_notes(lot: Lot, language: str) -> tuple[str, ...]:
    """The code's official text and a short check for the reader, for each basis that has them."""
    w = words(language)
    keys = (f"common.{basis}_{part}" for basis in reservations(lot) for part in ("official", "check"))
    return tuple(w(key) for key in keys if key in w)


# -- changes -------------------------------------------------------------------------------------------------------


def change_phrase(change: FieldChange, language: str) -> str:
    """ "frist for tilbud flyttet fra 1. december 2026 til 8. december 2026", for one changed field of `MATERIAL`."""
    w = words(language)
    outright = f"mail.change_{_outright(change)}"
    if change.ours and change.field != "hidden":
        return _corrected_phrase(change, w)
    if outright in w:
        return w(outright)
    if change.field in ("reserved", "reserved_execution"):
        return _reservation_phrase(change, w)
    name = w(f"common.field_{change.field}") if f"common.field_{change.field}" in w else change.field
    before, after = (_value_for(change.field, value, language) for value in (change.before, change.after))
    kind = "set" if not before else "removed" if not after else "changed"
    if kind == "changed" and change.field.endswith("deadline"):
        kind = "moved"
    return w(f"mail.change_{kind}", field=name, before=before, after=after)


def _corrected_phrase(change: FieldChange, w: Words) -> str:
    """ "rettelse: frist for tilbud er 8. december 2026 – her stod 1. december 2026": the buyer has moved nothing."""
    if change.field == "description":
        return w("mail.corrected_description")
    before, after = (_value_for(change.field, value, w.language) for value in (change.before, change.after))
    kind = "set" if not before else "removed" if not after else "changed"
    return w(f"mail.corrected_{kind}", field=w(f"common.field_{change.field}"), before=before, after=after)


def _outright(change: FieldChange) -> str:
    """Name of the phrase for a change that is told without its values: long texts, and what became of the lot."""
    if change.field == "cancelled":
        return "cancelled" if change.after else "uncancelled"
    if change.field == "hidden":
        return "hidden" if change.after else "shown"
    return f"state_{change.after}" if change.field == "state" else change.field


def _reservation_phrase(change: FieldChange, w: Words) -> str:
    """ "deltagelsen er nu forbeholdt (udbudslovens § 54)"."""
    if change.field == "reserved_execution":
        no = "no" if change.before == "yes" else "never"
        return w(f"mail.change_execution_{ {'yes': 'yes', 'no': no}.get(change.after, 'unknown') }")
    before, after = (_bases(codes, w) for codes in (change.before, change.after))
    kind = "set" if not before else "removed" if not after else "changed"
    return w(f"mail.change_reserved_{kind}", before=before, after=after)


def _bases(codes: str, w: Words) -> str:
    """The legal bases of a reservation, each code that has no words as the source published it."""
    keys = {code: f"mail.basis_{code}" for code in codes.split(",") if code}
    return conjoined([w(key) if key in w else code for code, key in keys.items()], w) if keys else ""


def _value_for(field: str, value: str, language: str) -> str:
    """A FieldChange's text for readers: deadlines, money and codes in words, the rest cut to a line."""
    if not value:
        return ""
    if field.endswith("deadline"):
        return _deadline_or(value, language)
    if field in ("value", "framework_maximum"):
        return write_money(_money(value), language)
    if field == "duration":
        return write_duration(value, language)
    if field == "title":
        return quoted(shorten(value, 120), language)
    if field == "nuts":
        return ", ".join(write_nuts(code, language) for code in value.split(","))
    return shorten(value.replace(",", ", "), 120)


def write_duration(duration: str, language: str) -> str:
    """P24M as "24 måneder"; a duration of several units as the source wrote it."""
    match = re.fullmatch(r"P(\d{1,5})([DWMY])", duration)
    if not match:
        return duration
    unit = {"D": "day", "W": "week", "M": "month", "Y": "year"}[match[2]]
    return words(language)(f"common.duration_{unit}", count=int(match[1]))


def _deadline_or(value: str, language: str) -> str:
    """A deadline as FieldChange writes it: a day alone, or a point in time with its offset."""
    if len(value) == len("2026-12-08"):
        return write_day(dt.date.fromisoformat(value), language)
    at = dt.datetime.fromisoformat(value)
    return write_deadline(Deadline(at), language, weekday=False)


def _money(value: str) -> Money:
    """ "AMOUNT CURRENCY" as FieldChange writes it."""
    amount, _, currency = value.partition(" ")
    return Money(Decimal(amount), currency)


def local_day(at: dt.datetime) -> dt.date:
    """The calendar day in Copenhagen."""
    return at.astimezone(COPENHAGEN).date()
