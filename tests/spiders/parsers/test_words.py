"""Words on pages: read for sure, or not at all."""

from __future__ import annotations

import datetime as dt

import pytest

from spiders.parsers import words

END = dt.date(2027, 6, 30)


@pytest.mark.parametrize(
    ("said", "iso"),
    [
        *(("2 år", "P2Y"), ("24 måneder", "P24M"), ("18 mdr.", "P18M"), ("90 dage", "P90D"), ("tolv", "")),
        *(("to år", "P2Y"), ("1,5 år", "P18M"), ("2 år (24 måneder)", "P2Y"), ("4 uger", "P4W"), ("3 years", "P3Y")),
        *(("2-4 år", ""), ("op til 4 år", ""), ("2 år, heraf 6 måneder", ""), ("fra 2027", ""), ("", "")),
        *(("2 år + 1 års option", "P2Y"), ("4 år med mulighed for 2 x 1 år", "P4Y"), ("0 år", "")),
    ],
)
def test_durations(said: str, iso: str) -> None:
    assert words.duration(said)[0] == iso


@pytest.mark.parametrize(
    ("options", "latest"),
    [
        *(("", "2027-06-30"), ("Ingen", "2027-06-30"), ("-", "2027-06-30"), ("2 x 12 mdr.", "2029-06-30")),
        *(("1 + 1 år", "2029-06-30"), ("mulighed for forlængelse i op til 24 måneder", "2029-06-30")),
        *(
            ("Kan forlænges til 31. december 2028", "2028-12-31"),
            ("12 måneder", "2028-06-30"),
            ("2 gange et år", "2029-06-30"),
        ),
        *(
            ("Ja", None),
            ("Ja, efter aftale", None),
            ("Option udnyttet til 31.12.2028", None),
            ("1 år, dog højst 3", None),
        ),
        *(("til 31. december 2020", None), ("12 måneder fra 1. januar 2027", None), ("2 uger", None)),
    ],
)
def test_options(options: str, latest: str | None) -> None:
    found = words.latest_end(END, options)
    assert (found.isoformat() if found else None) == latest


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        *(("Ja, udbudslovens § 54", ("res-ws",)), ("efter § 190", ("res-pub-ser",)), ("artikel 20", ("res-ws",))),
        *(
            ("Nej", ()),
            ("–", ()),
            ("Ja", None),
            ("Ikke efter § 54", ()),
            ("Kontrakten er ikke forbeholdt efter § 54", None),
        ),
        *(("§ 540", None), ("§ 54 og § 190", ("res-ws", "res-pub-ser"))),
    ],
)
def test_reservations(said: str, codes: tuple[str, ...] | None) -> None:
    assert words.reservation(said) == codes
