"""Notices as an eForms rendering shows them to people, in the ways in which portals write HTML.

Order, headings and labels are those of the SDK's view templates. What a template does not print of a notice (kinds of
criteria, translations) is not rendered.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterator
from html import escape

from notifier.lots import Deadline, Lot, LotKind, Money, Notice, Stage
from tests.shared import SHARED

Part = tuple[int, str, str, str]  # depth, number, label, value; without a value it is a heading

NATURES = {"services": "Tjenesteydelser", "supplies": "Varer", "works": "Bygge- og anlægsarbejder"}
UNITS = {"D": "Døgn", "W": "Uge", "M": "Måned", "Y": "År"}
FORMS = {Stage.PLANNING: "Planlægning", Stage.CALL: "Konkurrencevilkår", Stage.AWARD: "Resultater"}
CURRENCIES = {"DKK": "Dansk krone", "EUR": "Euro", "SEK": "Svensk krona", "NOK": "Norsk krone"}
_LISTS = {
    "environmental": "environmental-impact",
    "social": "social-objective",
    "innovative": "innovative-acquisition",
    "strategic": "strategic-procurement",
    "reserved": "reserved-procurement",
    "framework": "framework-agreement",
    "dynamic": "dps-usage",
    "result": "winner-selection-status",
}


def names() -> dict[tuple[str, str], str]:
    """The codes' official Danish names."""
    assert SHARED is not None
    with (SHARED / "reference" / "codes_da.csv").open(encoding="utf-8", newline="") as file:
        return {(row["codelist"], row["code"]): row["label_da"] for row in csv.DictReader(file)}


def parts(notice: Notice, named: dict[tuple[str, str], str]) -> Iterator[Part]:
    """A notice as its numbered headings and labelled lines."""
    yield 1, "1", "Køber", ""
    yield 2, "1.1", "Køber", ""
    for buyer in notice.buyers:
        yield 3, "", "Officielt navn", buyer.name
    yield 3, "", "Køberens retlige status", "Lokal myndighed"
    yield 1, "2", "Procedure", ""
    yield 2, "2.1", "Procedure", ""
    yield 3, "", "Titel", notice.title
    yield 3, "", "Beskrivelse", notice.description
    yield 3, "", "Identifikator for proceduren", notice.procedure_id
    yield 3, "2.1.1", "Formål", ""
    yield 3, "2.1.3", "Værdi", ""
    yield 4, "", "Anslået værdi eksklusiv moms", amount(notice.value)
    yield 3, "2.1.6", "Udelukkelsesgrunde", ""
    yield 4, "", "Konkurs", "Se udbudsmaterialet"
    kinds = {LotKind.LOT: ("5", "Delkontrakt"), LotKind.PART: ("3", "Del")}
    for number, lot in enumerate(notice.lots, start=1):
        first, label = kinds[lot.kind]
        if number == 1:
            yield 1, first, label, ""
        yield 2, f"{first}.{number}", label, lot.lot_id
        yield from of_lot(lot, f"{first}.{number}", named)
    yield from of_results(notice, named)
    yield 1, "8", "Organisationer", ""
    for number, buyer in enumerate(notice.buyers, start=1):
        yield 2, f"8.{number}", f"ORG-{number:04}", ""
        yield 3, "", "Officielt navn", buyer.name
        yield 3, "", "Registreringsnummer", buyer.identifier
        yield 3, "", "By", "Eksempelby"
        yield 3, "", "Denne organisations roller", ""
        yield 4, "", "Køber", ""
    yield 0, "", "Oplysninger om bekendtgørelsen", ""
    yield 3, "", "Bekendtgørelsens ID", f"{notice.notice_id} - {notice.version}"
    yield 3, "", "Formulartype", FORMS.get(notice.stage, "Kontraktændring")


def of_lot(lot: Lot, number: str, named: dict[tuple[str, str], str]) -> Iterator[Part]:
    """One lot."""

    def name(kind: str, code: str) -> str:
        return named.get((_LISTS[kind], code), code)

    yield 3, "", "Titel", lot.title
    yield 3, "", "Beskrivelse", lot.description
    yield 3, "", "Intern ID", "1"
    yield 3, f"{number}.1", "Formål", ""
    yield 4, "", "Kontraktens hovedformål", NATURES.get(lot.nature, "")
    yield 4, "", "Primær klassifikation (cpv)", f"{lot.cpv_main} Noget" if lot.cpv_main else ""
    for code in lot.cpv_additional:
        yield 4, "", "Supplerende klassifikation (cpv)", f"{code} Noget andet"
    yield 3, f"{number}.2", "Udførelsessted", ""
    for code in lot.nuts:
        yield 4, "", "Landsdel (NUTS)", f"Et sted ({code})"
    yield 4, "", "Yderligere oplysninger", lot.place
    yield 3, f"{number}.3", "Anslået varighed", ""
    yield 4, "", "Startdato", lot.start.isoformat() + "+01:00" if lot.start else ""
    yield 4, "", "Varigheds slutdato", lot.end.isoformat() + "+01:00" if lot.end else ""
    yield 4, "", "Varighed", f"{lot.duration[1:-1]} {UNITS[lot.duration[-1]]}" if lot.duration else ""
    yield 3, f"{number}.4", "Fornyelse", ""
    yield 4, "", "Højeste antal fornyelser", str(lot.renewals) if lot.renewals is not None else ""
    yield 4, "", "Yderligere oplysninger om fornyelser", lot.renewal_text
    yield 3, f"{number}.5", "Værdi", ""
    yield 4, "", "Anslået værdi eksklusiv moms", amount(lot.value)
    yield 4, "", "Rammeaftalens maksimumværdi", amount(lot.framework_maximum)
    yield 3, f"{number}.6", "Generelle oplysninger", ""
    for code in lot.reserved:
        yield 4, "", "Reserveret deltagelse", name("reserved", code)
    sme = "Dette udbud er også egnet for små og mellemstore virksomheder (SMV'er)"
    yield 4, "", sme, {True: "ja", False: "nej", None: ""}[lot.sme_suitable]
    yield 4, "", "Yderligere oplysninger", lot.additional_information
    yield 3, f"{number}.7", "Strategiske udbud", ""
    for kind, label, codes in (
        ("strategic", "Formålet med strategiske udbud", lot.strategic),
        ("environmental", "Tilgang til reduktion af miljøpåvirkninger", lot.environmental),
        ("social", "Socialt mål, som fremmes", lot.social_objectives),
        ("innovative", "Offentlige indkøb af innovationsløsninger", lot.innovative),
    ):
        for code in codes:
            yield 4, "", label, name(kind, code)
            if kind == "strategic":
                yield 5, "", "Beskrivelse", "Hvordan det skal ske"
    yield from of_terms(lot, number, named)


def of_terms(lot: Lot, number: str, named: dict[tuple[str, str], str]) -> Iterator[Part]:
    """What a lot says of tendering for it."""
    yield 3, f"{number}.9", "Udvælgelseskriterier", ""
    for criterion in lot.selection_criteria:
        yield 4, "", "Kriterium", "Referencer på specificerede tjenester"
        yield 5, "", "Beskrivelse af udvælgelseskriterium", criterion.text
    yield 3, f"{number}.10", "Tildelingskriterier", ""
    yield 4, "", "Type", "Pris"
    yield 4, "", "Navn", "Den laveste pris"
    yield 4, "", "Beskrivelse", "Prisen tæller alt"
    yield 3, f"{number}.11", "Tilbudsdokumenter", ""
    yield 4, "", "Frist for anmodning om yderligere oplysninger", moment(lot.questions_deadline)
    yield 4, "", "Adresse på udbudsdokumenterne", lot.documents_url
    yield 3, f"{number}.12", "Tilbudsvilkår", ""
    yield 4, "", "Indgivelsesadresse", lot.submission_url
    yield 4, "", "Frist for modtagelse af anmodninger om deltagelse", moment(lot.participation_deadline)
    yield 4, "", "Frist for modtagelse af interessetilkendegivelser", moment(lot.interest_deadline)
    yield 4, "", "Frist for modtagelse af tilbud", moment(lot.deadline)
    execution = "Udførelsen af kontrakten skal ske inden for rammerne af programmer for beskyttet beskæftigelse"
    yield 4, "", execution, {"yes": "Ja", "no": "Nej"}.get(lot.reserved_execution or "", "")
    for terms in lot.performance_terms:
        yield 4, "", "Vilkår relateret til kontraktens udførelse", terms
    yield 3, f"{number}.15", "Teknikker", ""
    yield 4, "", "Rammeaftale", ""
    if lot.framework:
        yield 5, "", named.get((_LISTS["framework"], lot.framework), lot.framework), ""
    yield 4, "", "Oplysninger om det dynamiske indkøbssystem", ""
    if lot.dynamic_purchasing:
        yield 5, "", named.get((_LISTS["dynamic"], lot.dynamic_purchasing), lot.dynamic_purchasing), ""
    yield 3, f"{number}.16", "Yderligere oplysninger, mægling og gennemgang", ""
    yield 4, "", "Organisation med ansvar for klager", "Klagenævnet for Udbud"
    yield 4, "", "Oplysninger om klagefrister", "45 dage"


def of_results(notice: Notice, named: dict[tuple[str, str], str]) -> Iterator[Part]:
    """Who won what."""
    decided = [lot for lot in notice.lots if lot.result or lot.awards]
    if decided:
        yield 1, "6", "Resultater", ""
    for number, lot in enumerate(decided, start=1):
        yield 2, f"6.{number}", "Resultat delkontrakt-ID", lot.lot_id
        if lot.result:
            yield 3, "", named.get((_LISTS["result"], lot.result), lot.result), ""
        yield 3, f"6.{number}.2", "Oplysninger om vinderne", ""
        for award in lot.awards:
            yield 4, "", "Vinder", ""
            yield 5, "", "Officielt navn", award.winner.name
            yield 5, "", "Værdien af tilbuddet", amount(award.value)
            yield 5, "", "ID for delkontrakt eller gruppe af delkontrakter", lot.lot_id
            yield 5, "", "Dato for indgåelse af kontrakten", award.concluded.isoformat() if award.concluded else ""


def amount(money: Money | None) -> str:
    """As the templates print it, '###,##0.##' with Danish signs."""
    if money is None:
        return ""
    whole, _, part = f"{money.amount:,.2f}".partition(".")
    decimals = f",{part}".removesuffix("0") if part != "00" else ""
    return f"{whole.replace(',', '.')}{decimals} {CURRENCIES.get(money.currency, money.currency)}"


def moment(deadline: Deadline | None) -> str:
    """As the XML has it: the day with its offset, and the time with its own."""
    if deadline is None:
        return ""
    offset = deadline.at.strftime("%z")
    offset = f"{offset[:3]}:{offset[3:]}"
    time = f" {deadline.at:%H:%M:%S}{offset}" if deadline.time_known else ""
    return f"{deadline.at:%Y-%m-%d}{offset}{time}"


# -- in HTML -------------------------------------------------------------------------------------------------------


def as_sections(said: list[Part]) -> str:
    """Nested sections with spans, as the SDK's own viewer writes them."""
    html, open_sections = "", 0
    for depth, number, label, value in said:
        while open_sections >= max(depth, 1):
            html += "</section>"
            open_sections -= 1
        while open_sections < max(depth, 1):
            html += '<section title="block">'
            open_sections += 1
        colon = '<span class="text">:\u2008</span>' if value else ""
        html += (
            f'{number}\u00a0<span class="label">{escape(label)}</span>{colon}<span class="value">{lined(value)}</span>'
        )
    return html + "</section>" * open_sections


def as_headings(said: list[Part]) -> str:
    """Headings, and paragraphs with the label in bold."""
    html = ""
    for depth, number, label, value in said:
        if value and not number:
            html += f"<p><strong>{escape(label)}:</strong> {lined(value)}</p>"
        elif number or depth == 0:
            said_there = f"{f'{number}. ' if number else ''}{f'{label}: {value}' if value else label}"
            html += f"<h{depth + 2}>{escape(said_there)}</h{depth + 2}>"
        else:
            html += f"<p>{escape(label)}</p>"
    return f"<article>{html}</article>"


def as_tables(said: list[Part]) -> str:
    """A table of two columns under each heading."""
    html, rows = "", ""
    for depth, number, label, value in said:
        if value and not number:
            rows += f"<tr><th>{escape(label)}</th><td>{lined(value)}</td></tr>"
            continue
        html += f"<table><tbody>{rows}</tbody></table>" if rows else ""
        rows = ""
        heading = f"{label} {value}" if value else label
        html += f"<h{min(depth + 1, 6)}>{escape(heading)}</h{min(depth + 1, 6)}>"
    return f"<main>{html}<table>{rows}</table></main>"


def as_definitions(said: list[Part]) -> str:
    """Definition lists under numbered headings."""
    html, terms = "", ""
    for depth, number, label, value in said:
        if value and not number:
            terms += f"<div><dt>{escape(label)}</dt><dd>{lined(value)}</dd></div>"
            continue
        html += f"<dl>{terms}</dl>" if terms else ""
        terms = ""
        html += f'<div class="heading-{depth}">{number} {escape(f"{label}: {value}" if value else label)}</div>'
    return f"<div>{html}<dl>{terms}</dl></div>"


def as_paragraphs(said: list[Part]) -> str:
    """Paragraphs with the label before a colon, nothing set apart."""
    return "".join(
        f"<p>{f'{number} ' if number else ''}{escape(label)}{f': {lined(value)}' if value else ''}</p>"
        for _, number, label, value in said
    )


STYLES: dict[str, Callable[[list[Part]], str]] = {
    "sections": as_sections,
    "headings": as_headings,
    "tables": as_tables,
    "definitions": as_definitions,
    "paragraphs": as_paragraphs,
}


def lined(value: str) -> str:
    """Text in HTML with its line breaks."""
    return escape(value).replace("\n", "<br>")


def render(notice: Notice, style: str, named: dict[tuple[str, str], str]) -> str:
    """The rendering of a notice in one of the styles. A line that has no value is no line."""
    headings = {"Køber", "Procedure", "Delkontrakt", "Del", "Resultater", "Organisationer", "Vinder"}
    kept = [
        part
        for part in parts(notice, named)
        if part[3]
        or part[1]
        or part[0] == 0
        or part[2] in headings
        or part[0] >= 5
        or part[2] in _GROUPS
        or part[2] in named.values()
    ]
    return STYLES[style](kept)


_GROUPS = {"Rammeaftale", "Oplysninger om det dynamiske indkøbssystem", "Denne organisations roller"}
TODAY = dt.date(2026, 11, 23)
