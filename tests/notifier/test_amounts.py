from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.amounts import parse_money, parse_number, write_money
from notifier.lots import Money


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("kr. 1.250.000,-", "1250000", "DKK"),
        ("1.250.000 kr.", "1250000", "DKK"),
        ("DKK 1.250.000,00", "1250000", "DKK"),
        ("4,5 mio. kr. ekskl. moms", "4500000", "DKK"),
        ("ca. 12 mio. kr.", "12000000", "DKK"),
        ("EUR 1,250,000", "1250000", "EUR"),
        ("€ 750000", "750000", "EUR"),
        ("1 250 000 kr", "1250000", "DKK"),
        ("12,5 millioner kroner over 4 år", "12500000", "DKK"),
        ("Anslået værdi: 2,1 millioner kroner", "2100000", "DKK"),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, amount: str, currency: str) -> None:
    assert parse_money(text) == Money(Decimal(amount), currency)


@pytest.mark.parametrize(
    "text",
    ["", "1 mio. kr. inkl. moms", "mellem 1 og 2 mio. kr. pr. år eller 3 mio. kr.", "1-2 mio. kr.", "efter aftale",
     "64942212", "kl. 12.00", "1.25.000 kr.", "500.000 kr. i 2026 og 600.000 kr. i 2027",
     # a range, a limit, a price for a part of the whole
     "2-3 mio.", "mellem 2 og 3 mio. kr.", "500.000/750.000 kr.", "op til 500.000 kr.", "under 500.000 kr.",
     "mindst 2 mio. kr.", "900.000 kroner om året", "500.000 kr. pr. år", "350 kr. i timen", "2 x 500.000 kr.",
     "4 år à 500.000 kr.", "500.000 kr. p.a.", "mindre end 500.000 kr.", "mere end 2 mio. kr.", "indtil 500.000 kr.",
     "500.000 kr. kvartalsvis", "10.000 kr. ugentligt", "op mod 500.000 kr.", "op imod 2 mio. kr.",
     "500.000 kr. +/- 10 %", "2 mio. kr. ± 5 %", "under tærskelværdien på 1.663.000 kr.", "tærskelværdi: 1.663.000 kr.",
     "2 mio. kr. eller derunder", "500.000 kr. og derover", "1.000 kr. om dagen", "1 mio. kr. halvårligt",
     # a thousand millions, or one and a quarter?
     "1.250 mio. kr.", "4.500 mio.", "1.250 millioner kroner",
     # with VAT in it
     "4,5 mio. inkl. moms", "5 mio. kr. inkl. 25 % moms", "1.250.000 kr. med moms", "5 mio. kr. m. moms",
     "1 mio. kr., heraf moms 200.000 kr.",
     # no kroner, no euro, nothing that says which
     "USD 1 mio.", "NOK 500.000 kr.", "2 mio. svenske kroner", "1.250.000,-", "1.250", "ca. 500.000",
     # below or at zero, or written in no way that is known
     "-500.000 kr.", "0 kr.", "kr. 12.345.67", "1'250'000 kr.", "1,250 kr."],
)  # fmt: skip
def test_what_is_no_sure_amount_is_unknown(text: str) -> None:
    assert parse_money(text) is None


@given(st.integers(1, 10**12))
def test_every_amount_that_is_written_is_read_back(amount: int) -> None:
    money = Money(Decimal(amount))
    assert parse_money(write_money(money)) == money
    assert parse_money(write_money(Money(Decimal(amount), "EUR"), "da")) == Money(Decimal(amount), "EUR")


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_none(text: str) -> None:
    number = parse_number(text)
    assert number is None or number >= 0
