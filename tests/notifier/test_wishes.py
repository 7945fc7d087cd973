"""What somebody asks for: every field, every mistake by its field, and nothing that a stranger sends breaks it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from notifier.lots import Money, Verdict
from notifier.nomenclature import area_name, find_area, municipalities
from notifier.profiles import Cadence, Profile
from notifier.wishes import MOST_SHOWN, Problem, Wish, read_wish
from notifier.words import words

TRADES = ("cleaning", "catering", "grounds")
ADDRESS = "post@rengoerholdet.example"
FIELDS = (
    "address name trades areas max_value min_value words words_out cpv least planned agreements partnerships near "
    "cadence hour most language"
).split()


def read(**fields: str) -> tuple[Wish, list[Problem]]:
    return read_wish({"address": (ADDRESS,)} | {name: (value,) for name, value in fields.items()}, TRADES)


def profile_of(**fields: str) -> Profile:
    """Where nothing may be wrong."""
    wish, problems = read(**fields)
    assert problems == []
    return wish.profile


# -- every field -------------------------------------------------------------------------------------------------------


def test_an_address_alone_is_a_wish_for_everything_once_a_week_in_danish() -> None:
    assert read() == (Wish(ADDRESS, "", "da", Cadence.WEEKLY, Profile()), [])


def test_everything_that_can_be_asked_for_is_read() -> None:
    wish, problems = read(
        name=" Rengørholdet ",
        language="en",
        cadence="daily",
        trades="cleaning, catering",
        areas="Hvidovre; DK03",
        max_value="2.000.000",
        min_value="50.000",
        words="vinduespudsning, sne",
        words_out="asfalt",
        cpv="9091, 90911300-9",
        least="suitable",
        planned="",
        agreements="nej",
        partnerships="ja",
        near="on",
        hour="15",
        most="20",
    )
    assert problems == []
    assert (wish.address, wish.name, wish.language, wish.cadence) == (ADDRESS, "Rengørholdet", "en", Cadence.DAILY)
    assert wish.profile == Profile(
        trades=("cleaning", "catering"),
        cpv_prefixes=("9091", "909113"),
        words=("vinduespudsning", "sne"),
        words_out=("asfalt",),
        areas=("0167", "DK03"),
        value_min=Money(Decimal(50_000)),
        value_max=Money(Decimal(2_000_000)),
        least_verdict=Verdict.SUITABLE,
        planned=False,
        agreements=False,
        partnerships=True,
        near_misses=True,
        hour=15,
        most=20,
    )


def test_several_values_of_a_field_come_one_by_one_as_well_and_count_once() -> None:
    wish, problems = read_wish({"address": (ADDRESS,), "trades": ("cleaning", "grounds,cleaning")}, TRADES)
    assert (wish.profile.trades, problems) == (("cleaning", "grounds"), [])


def test_whose_page_it_is_keeps_their_address_whatever_a_form_says() -> None:
    wish, problems = read_wish({"address": ("fremmed@evil.example",)}, TRADES, address_known=ADDRESS)
    assert (wish.address, problems) == (ADDRESS, [])


@pytest.mark.parametrize(("written", "code"), [
    ("København", "0101"), ("københavns kommune", "0101"), ("101", "0101"), ("0101", "0101"), ("dk011", "DK011"),
    ("DK", "DK"), ("Århus", "0751"), ("Aarhus Kommune", "0751"), ("Aabenraa", "0580"), ("Åbenrå", "0580"),
    ("Lyngby-Tårbæk", "0173"), ("Randers Kommune", "0730"), ("Nordfyns", "0480"), ("Hvidovres", "0167"),
    # A letter too many is a slip, and not another town's genitive.
    ("Hvidovrex", ""), ("Ishøjt", ""), ("Atlantis", ""), ("", ""), ("9999", ""), ("١٠١", ""), ("DKZZZ", ""),
])  # fmt: skip
def test_a_place_is_a_municipality_by_name_or_number_or_a_code(written: str, code: str) -> None:
    assert find_area(written) == code


def test_every_municipality_is_found_by_its_name_and_its_name_by_its_number() -> None:
    every = municipalities()
    assert len(every) == 98
    for one in every:
        assert find_area(one.name) == find_area(f"{one.name} Kommune") == find_area(one.code) == one.code
        assert area_name(one.code) == one.name


@pytest.mark.parametrize(("written", "kroner"), [
    ("500000", 500_000),
    ("500.000", 500_000),
    ("500 000", 500_000),
    ("500\u00a0000 kr.", 500_000),
    ("500,000", 500_000),
    ("500.000,00", 500_000),
    ("500,000.00", 500_000),
    ("500000,00", 500_000),
    ("500.00", 500),  # and no øre
    ("500.000,-", 500_000),
    ("kr. 500.000,-", 500_000),
    ("500.000,- kr", 500_000),
    ("DKK 500.000", 500_000),
    ("1.250.000 kroner", 1_250_000),
    ("499.999,99 kr.", 499_999),
    ("1,5 mio.", 1_500_000),
    ("1.5 mio. kr.", 1_500_000),
    ("2 millioner", 2_000_000),
    ("2 MIO. KR.", 2_000_000),
    ("1", 1),
    ("1000000000000", 10**12),
])  # fmt: skip
def test_money_is_read_as_danes_write_it(written: str, kroner: int) -> None:
    assert profile_of(max_value=written).value_max == Money(Decimal(kroner))


@pytest.mark.parametrize("written", [
    "0", "-5", "1,5", "1.5", "12,50", "5.00.000", "1.250 mio.", "500.000.00", "1.000,000", "fem", "5e6",
    "1000000000001", "9" * 400, "kr.", ",-", "500 EUR", "10 %", "٥٠٠", "100.000-200.000", "1,5 mio mio", "2 mia",
])  # fmt: skip
def test_what_is_no_amount_or_could_be_two_is_asked_again(written: str) -> None:
    wish, problems = read(max_value=written)
    assert wish.profile.value_max is None
    assert [(one.field, one.key) for one in problems] == [("max_value", "amount")]


def test_whoever_follows_a_whole_code_follows_what_lies_below_it() -> None:
    assert profile_of(cpv="90910000-9, 90900000, 03000000").cpv_prefixes == ("9091", "909", "03")
    assert profile_of(cpv="90911300, 909").cpv_prefixes == ("909113", "909")


@pytest.mark.parametrize(("given", "on"), [("1", True), ("on", True), ("Ja", True), ("x", True), ("", False),
                                           ("nej", False), ("0", False)])  # fmt: skip
def test_a_flag_is_off_where_it_was_given_and_says_nothing(given: str, on: bool) -> None:
    assert profile_of(planned=given).planned is on
    assert profile_of(near=given).near_misses is on


def test_a_form_box_that_was_not_ticked_is_off() -> None:
    wish, _ = read_wish({"address": (ADDRESS,), "planned": (), "agreements": ()}, TRADES)
    assert (wish.profile.planned, wish.profile.agreements) == (False, False)


# -- every mistake -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("field", "value", "key", "about"), [
    ("address", "", "address", ""),
    ("address", "post@", "address", ""),
    ("address", "a@b.example, c@d.example", "address", ""),
    ("address", "a@b.example\r\nBcc: e@evil.example", "address", ""),
    ("trades", "cleaning, rocketry", "trade", "rocketry"),
    ("areas", "Hvidovre, Atlantis", "area", "Atlantis"),
    ("max_value", "mange", "amount", "mange"),
    ("min_value", "få", "amount", "få"),
    ("words", "rengøring, is", "word", "is"),
    ("words_out", "a", "word", "a"),
    ("cpv", "9", "cpv", "9"),
    ("cpv", "909112001", "cpv", "909112001"),
    ("cpv", "rengøring", "cpv", "rengøring"),
    ("least", "certain", "choice", "certain"),
    ("cadence", "hourly", "choice", "hourly"),
    ("language", "de", "choice", "de"),
    ("hour", "24", "number", "24"),
    ("hour", "-1", "number", "-1"),
    ("most", "0", "number", "0"),
    ("most", str(MOST_SHOWN + 1), "number", "51"),
])  # fmt: skip
def test_each_mistake_names_its_field_and_what_it_is_about(field: str, value: str, key: str, about: str) -> None:
    _, problems = read(**{field: value})
    assert problems == [Problem(field, key, about)]
    for language in ("da", "en"):
        assert f"web.wrong_{key}" in words(language)


def test_what_is_wrong_keeps_nothing_of_what_is_right_away() -> None:
    wish, problems = read(trades="cleaning, rocketry", areas="Atlantis, Hvidovre", words="is, sne", hour="25")
    assert [one.field for one in problems] == ["trades", "words", "areas", "hour"]
    assert wish.profile == Profile(trades=("cleaning",), areas=("0167",), words=("sne",))


def test_a_smallest_value_above_the_largest_is_a_mistake_and_one_that_equals_it_is_none() -> None:
    assert read(min_value="2 mio.", max_value="1 mio.")[1] == [Problem("min_value", "min_above_max")]
    assert read(min_value="1 mio.", max_value="1 mio.")[1] == []


def test_there_are_no_more_than_thirty_words_and_codes() -> None:
    many = ",".join(f"ord{number}" for number in range(31))
    wish, problems = read(words=many)
    assert (len(wish.profile.words), problems) == (30, [Problem("words", "many_words")])
    wish, problems = read(cpv=",".join(str(number) for number in range(21, 52)))
    assert (len(wish.profile.cpv_prefixes), problems) == (30, [Problem("cpv", "many_codes")])


def test_a_word_is_cleaned_before_it_is_parted_and_counts_once() -> None:
    assert profile_of(words="vin\u200bduer,\nvinduer; <b>sne</b>").words == ("vinduer", "sne")
    assert profile_of(words="skoler&#44haller").words == ("skoler", "haller")
    assert profile_of(words="æ" * 100).words == ("æ" * 60,)


# -- anything ----------------------------------------------------------------------------------------------------------

# What people and machines write into fields: right, nearly right, and hostile.
TELLING = st.sampled_from([
    "", " ", "cleaning", "catering;grounds", "Hvidovre", "DK01", "dk", "1.000.000", "1,5 mio.", "9" * 500, "9091",
    "90911200-8", "sne", "weekly", "instant", "reserved", "7", "23", "-1", "da", "on", ",;,\n;", "\ud800", "\x00",
    "<script>alert(1)</script>", "&#44;&amp;lt;", "a@b.example", "a@b.example\r\nBcc: x@y.example", "\u202egnp",
])  # fmt: skip
VALUES = st.lists(TELLING | st.text(max_size=80), max_size=4)


@given(st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), VALUES))
@example({"cpv": [",".join(str(number) for number in range(10, 99))]})
@example({"words": ["ord " * 5000]})
@settings(max_examples=300, deadline=None)
def test_whatever_is_given_is_a_profile_within_the_limits_or_a_mistake(fields: dict[str, list[str]]) -> None:
    wish, problems = read_wish(fields, TRADES)
    profile = wish.profile
    assert (wish.address == "") is (Problem("address", "address") in problems)
    assert len(wish.name) <= 120
    assert wish.name.splitlines() in ([], [wish.name])
    assert wish.language in ("da", "en")
    assert set(profile.trades) <= set(TRADES)
    assert all(find_area(code) == code for code in profile.areas)
    assert all(code.isascii() and code.isdigit() and 2 <= len(code) <= 8 for code in profile.cpv_prefixes)
    for texts in (profile.words, profile.words_out):
        assert len(texts) == len(set(texts)) <= 30
        assert all(3 <= len(word) <= 60 and not set(word) & set(",;\n\x00\ud800") for word in texts)
    assert len(profile.cpv_prefixes) == len(set(profile.cpv_prefixes)) <= 30
    for value in (profile.value_min, profile.value_max):
        assert value is None or (0 < value.amount <= 10**12 and value.currency == "DKK")
    assert 0 <= profile.hour <= 23
    assert 1 <= profile.most <= MOST_SHOWN
    for one in problems:
        assert one.field in FIELDS
        assert words("da")(f"web.wrong_{one.key}", words=one.words)
        assert len(one.words) <= 80


def form_of(wish: Wish) -> dict[str, list[str]]:
    """What the fields of a page show for a wish."""
    profile = wish.profile
    flags = {
        "planned": profile.planned,
        "agreements": profile.agreements,
        "partnerships": profile.partnerships,
        "near": profile.near_misses,
    }
    return {
        "address": [wish.address],
        "name": [wish.name],
        "language": [wish.language],
        "cadence": [wish.cadence.value],
        "trades": list(profile.trades),
        "areas": [", ".join(area_name(code) if code.isdigit() else code for code in profile.areas)],
        "cpv": [", ".join(profile.cpv_prefixes)],
        "words": [", ".join(profile.words)],
        "words_out": [", ".join(profile.words_out)],
        "min_value": [f"{int(profile.value_min.amount):,}".replace(",", ".")] if profile.value_min else [],
        "max_value": [f"{int(profile.value_max.amount):,}"] if profile.value_max else [""],
        "least": [profile.least_verdict.value],
        "hour": [str(profile.hour)],
        "most": [str(profile.most)],
        **{name: ["1"] if on else [] for name, on in flags.items()},
    }


WORDS = st.lists(st.text("abcæøåéß -'/", min_size=3, max_size=60).map(str.strip).filter(lambda word: len(word) > 2),
                 max_size=5)  # fmt: skip
PROFILES = st.fixed_dictionaries({
    "address": st.just([ADDRESS]),
    "trades": st.lists(st.sampled_from(TRADES)),
    "areas": st.lists(st.sampled_from([*(one.name for one in municipalities()), "DK", "DK01", "DK032", "SE224"])),
    "cpv": st.lists(st.from_regex(r"[0-9]{2,8}(-[0-9])?", fullmatch=True), max_size=5),
    "words": WORDS, "words_out": WORDS,
    "min_value": st.lists(st.integers(1, 1000).map(str), max_size=1),
    "max_value": st.lists(st.integers(1000, 10**12).map(str), max_size=1),
    "least": st.sampled_from([["possible"], ["suitable"], ["reserved"]]),
    "hour": st.integers(0, 23).map(lambda hour: [str(hour)]),
    "most": st.integers(1, MOST_SHOWN).map(lambda most: [str(most)]),
    "cadence": st.sampled_from([["weekly"], ["daily"], ["instant"]]),
    "language": st.sampled_from([["da"], ["en"]]),
    **{name: st.sampled_from([[], ["1"]]) for name in ("planned", "agreements", "partnerships", "near")},
})  # fmt: skip


@given(PROFILES)
@settings(deadline=None)
def test_what_a_page_shows_of_a_profile_is_read_as_that_profile(fields: dict[str, list[str]]) -> None:
    wish, problems = read_wish(fields, TRADES)
    assert problems == []
    assert read_wish(form_of(wish), TRADES) == (wish, [])
