"""Names, phone numbers and mail addresses of contact persons do not survive; what is bought does."""

from __future__ import annotations

import itertools
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.lots import Lot, Notice
from notifier.people import Stand, holds_address, left_out, public_url
from notifier.phrases import without_people
from spiders.parsers import ted
from tests.shared import needs_shared, shared

NAMES = (
    "Anna Berg", "Mette H. Jensen", "J. Hansen", "J.P. Hansen", "Fr. Anna Hansen", "cand.jur. Anna Berg",
    "Hans-Jørgen Østergård", "ANNA BERG", "Anna van der Berg", "Seán O'Neill", "Ole Olsen og Ida Bek", "Berg, Anna",
    "Dr. phil. Åse Ø. Ørsted", "Lars Ulrik, ph.d.", "Søren Aa. Kjær", "Μαρία Παπά", "Herr Müller", "hr. Hansen",
    "Anna-Marie Ó Briain Skov", "Ole Olsen / Ida Bek", "Ole Olsen; Ida Bek", "Mme Latifa Souabi",
    "Peder Nørregaard-Holm (PNH)", "Anna",
)  # fmt: skip
PERSONS = (
    "Kontaktperson", "Kontaktpersonen", "kontaktpersoner", "KONTAKTPERSON", "Sagsbehandler", "Udbudskonsulent",
    "Contact person", "Contact name", "Ansprechpartner", "Personne de contact", "Contactpersoon",
)  # fmt: skip
PLACES = ("Kontakt", "Kontaktoplysninger", "Kontaktpunkt", "Contact point", "Contact", "Kontaktstelle")
PLAIN = ("Att.", "Att")  # before a colon
ANYWHERE = (": ", ":", " : ", ":\n", ":\n\n", ":\n- ", " (ordregiver): ")
BEHIND_PERSONS = (
    " – ", " - ", " ", "\n", "\n\n", " er ", " for udbuddet er ", " i Økonomiforvaltningen: ", " hos ordregiver: ",
)  # fmt: skip
ENDS = (
    "", ".", ", tlf. 12 34 56 78", " på tlf. 12345678.", ", chefkonsulent", "\nTlf.: 12345678", " (mail@by.example)",
    "; tlf.: 12345678",
    ". Tilbud afleveres digitalt.", ", mail@by.example", " 33 66 12 34", " kan kontaktes.", ", Center for Indkøb",
)  # fmt: skip
OF_A_NAME = re.compile(r"[^\W\d_]{2,}")
NO_NAMES = frozenset("og van der dr hr fr herr mme cand jur ph phil".split())
MARKS = Stand("(…)", "(…)", "(…)")


def leaks(name: str, text: str) -> list[str]:
    """Parts of the name, and digits of a phone number, that are still there."""
    parts = [part for part in OF_A_NAME.findall(name) if part.lower() not in NO_NAMES]
    return [*(part for part in parts if re.search(rf"\b{part}\b", text)), *re.findall(r"\d\d", text)]


@pytest.mark.long
@pytest.mark.parametrize("label", [*PERSONS, *PLACES, *PLAIN])
def test_no_name_survives_behind_a_label(label: str) -> None:
    behind: tuple[str, ...] = (": ", ":", " : ", ":\n") if label in PLAIN else ANYWHERE
    behind += BEHIND_PERSONS if label in PERSONS else ()
    ends = itertools.cycle(itertools.product(ENDS, ("", "Rengøring af skoler.\n")))
    for (join, name), (end, before) in zip(itertools.product(behind, NAMES), ends, strict=False):
        # One word alone is no name where nothing says that one has to come.
        if name == "Anna" and (
            join in ("\n", "\n\n", " er ", " for udbuddet er ") or (label[:5] == "Anspr" and join == " ")
        ):
            continue
        text = before + label + join + name + end
        assert leaks(name, left_out(text, MARKS)) == [], text


@pytest.mark.long
@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.from_regex(r"[A-ZÆØÅÉ][a-zæøåéü]{2,9}(-[A-ZÆØÅ][a-zæøå]{2,9})?", fullmatch=True), min_size=2, max_size=4
    ),
    st.sampled_from(PERSONS),
    st.sampled_from((*ANYWHERE, *BEHIND_PERSONS)),
    st.sampled_from(("", "H. ", "Aa. ", "de ", "von der ")),
)
def test_no_made_up_name_survives(words: list[str], label: str, join: str, middle: str) -> None:
    first, *rest = words
    name = f"{first} {middle}{' '.join(rest)}"
    text = left_out(f"{label}{join}{name}, tlf. 12 34 56 78", MARKS)
    labelled = {*OF_A_NAME.findall(label + join)}
    assert [part for part in leaks(name, text) if part not in labelled] == []


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (
            "Kontaktperson: Mette H. Jensen, tlf. 33 66 12 34.",
            "Kontaktperson: (navn hos kilden), tlf. (telefon hos kilden).",
        ),
        (
            "Kontakt Anna Hansen på tlf. 33 66 12 34 for spørgsmål.",
            "Kontakt (navn hos kilden) på tlf. (telefon hos kilden) for spørgsmål.",
        ),
        (
            "Kontaktpersoner:\nAnna Berg\nOle Olsen, 33661234\nRengøring af skoler",
            "Kontaktpersoner:\n(navn hos kilden)\n(navn hos kilden)\nRengøring af skoler",
        ),
        (
            "Kontaktperson: chefkonsulent Anna Berg, Center for Indkøb, Mobil: +45 33 66 12 34",
            "Kontaktperson: chefkonsulent (navn hos kilden), Center for Indkøb, Mobil: (telefon hos kilden)",
        ),
        ("Kontaktperson: anna berg, tlf.: 33661234", "Kontaktperson: (navn hos kilden), tlf.: (telefon hos kilden)"),
        ("Kontakt: Skriv til Anna Berg", "Kontakt: Skriv til (navn hos kilden)"),
        ("Spørgsmål: Anna.Berg(at)kk.example", "Spørgsmål: (mailadresse hos kilden)"),
        (
            "Skriv til anna%40kk.example eller anna [at] kk.example.",
            "Skriv til (mailadresse hos kilden) eller (mailadresse hos kilden).",
        ),
        ("Telefon 33 66 12 34 eller 22 33 44 55, lokal", "Telefon (telefon hos kilden), lokal"),
        ("Tél: 06.87.91.94.90, Tel. +49 (0)30 12345-67", "Tél: (telefon hos kilden), Tel. (telefon hos kilden)"),
    ],
)
def test_the_source_is_pointed_to_where_something_is_left_out(written: str, told: str) -> None:
    assert without_people(written, "da") == told


@pytest.mark.parametrize(
    "text",
    [
        "Opgaven kræver daglig kontakt med borgere og pårørende.",
        "Kontakten til pårørende varetages af leverandøren.",
        "Kontaktpersonordning for unge",
        "Støtte- og kontaktpersoner (SKP) til voksne i Københavns Kommune",
        "En kontaktperson for borgeren. Kontaktpersonen er Leverandørens ansvar.",
        "Kontaktperson\nBorgeren får en fast kontaktperson.",
        "Kontaktpersoner\nRengøring\nVask",
        "Kontakt: Leverandøren skal have daglig kontakt med borgerne.",
        "Kontaktperson for unge: Der skal stilles en fast medarbejder til rådighed.",
        "Kontakt Mercell Support, hvis systemet er nede.",
        "Contact Centre Services for Councils",
        "Supply of contact lenses: Soft Lenses and Hard Lenses",
        "Betreiber, Auftraggeber mit Ansprechpartner und Telefonnummer. Die Leistungsphasen 3 – 5",
        "Att leverantören ska kontakta kommunen",
        "Udgifter til telefon: 500.000 kr. Mobil: 2024-2026. Telefon 24 timer.",
        "Mødetid 8 @ Rådhuset",
    ],
)
def test_what_is_bought_is_told_whole(text: str) -> None:
    assert without_people(text, "da") == text


@pytest.mark.parametrize(
    "piece",
    [
        "kontakt:", "Kontaktperson ", "Kontaktperson\n", "Kontaktperson: A ", "Kontaktperson: a ", "tlf. 1 ", "a", "a@",
        "a(at)", "Att. Ab, ", "Kontakt: Ab. ", "kontakt x ", "Kontaktperson Ab\nKommune\n", "tlf 12345 ",
        "Kontakt: og ",
    ],
)  # fmt: skip
@pytest.mark.long
def test_a_hundred_kilobytes_take_no_second(piece: str) -> None:
    text = f"Kontaktperson: {piece * (100_000 // len(piece))}@ tlf"
    begun = time.process_time()
    left_out(text, MARKS)
    assert time.process_time() - begun < 1


def test_an_address_is_seen_however_its_at_is_written() -> None:
    written = ("mail=anna.hansen@by.example", "anna%40by.example", "anna(at)by.example", "a [at] by.example")
    assert all(holds_address(text) for text in written)
    assert not any(holds_address(text) for text in ("id=17", "@by.example", "kl. 8 @ 10", "anna(a)"))


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://by.example/udbud?id=17", "https://by.example/udbud?id=17"),
        ("https://by.example/udbud?mail=anna.hansen@by.example", "https://by.example/udbud"),
        ("https://by.example/udbud?id=17&mail=anna%40by.example&v=2", "https://by.example/udbud?id=17&v=2"),
        ("https://by.example/udbud?mail=anna%2540by.example#anna@by.example", "https://by.example/udbud"),
        ("https://by.example/?mail=anna@by.example", ""),
        ("https://by.example/til/anna@by.example", ""),
        ("https://by.example/@by/17", "https://by.example/@by/17"),
        ("javascript:alert(1)", ""),
    ],
)
def test_a_link_leads_on_without_the_address_in_it(url: str, kept: str) -> None:
    assert public_url(url) == kept


def texts_of(notice: Notice) -> list[str]:
    def of(lot: Lot) -> list[str]:
        more = (*lot.performance_terms, *(one.text for one in lot.selection_criteria), lot.additional_information)
        return [lot.title, lot.description, lot.place, lot.renewal_text, *more]

    return [notice.title, notice.description, *(text for lot in notice.lots for text in of(lot))]


@pytest.mark.long
@needs_shared
def test_of_real_notices_little_is_left_out() -> None:
    files = sorted(Path(shared("corpus")).rglob("*.xml"))
    notices = (ted.parse_notice(file.read_bytes(), source="ted", key=file.stem) for file in files)
    texts = {text for notice in notices for text in texts_of(notice)}
    assert len(files) == 229
    names = [text for text in texts if "(navn" in without_people(text, "da")]
    phones = [text for text in texts if "(telefon" in without_people(text, "da")]
    assert [text.count("Toppenberg") for text in names] == [
        2
    ]  # »Att: Niels Christian Toppenberg«, the one who is named
    assert len(phones) == 2
