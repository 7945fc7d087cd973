"""What came last month and fits, shown before somebody signs up; and candidates that miss nothing."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Collection, Iterator
from dataclasses import replace

import pytest

from notifier.catalogue import refresh, sought
from notifier.lots import Deadline, LotView, Stage, Translation, Verdict
from notifier.matching import match
from notifier.profiles import Profile
from notifier.web import make_application
from notifier.web import trial as trials
from notifier.withheld import Reason
from tests.bench.match import make_profiles
from tests.notifier.mail_examples import kroner
from tests.notifier.web.make import DOOR, OWNER, RULES, Place, filled_in, lot, noon, said, tree


def tried(place: Place, tongue: str = "da", **form: object) -> list[str]:
    """The titles that the button shows."""
    response = place.post(DOOR.sign_up(tongue), **{"try": "1", **form})
    assert response.status_code == 200, said(response)
    return [str(one) for one in tree(response).xpath("//*[@class='trial']//li/a/text()")]


def _month(place: Place) -> None:
    place.later(days=-40)
    place.hold(lot("For længe siden", deadline=noon(20)), key="0-2026")
    place.later(days=20)
    place.hold(lot("Er udløbet", deadline=noon(1)), key="1-2026")
    place.later(days=15)
    place.hold(lot("Vinduer på havnen", description="Også facader.", nuts=("DK042",)), key="2-2026")
    place.hold(lot("Stor rengøring", value=kroner(9_000_000), duration="P12M"), key="3-2026", verdict=Verdict.POSSIBLE)
    place.hold(lot("Plan", deadline=None), key="4-2026", stage=Stage.PLANNING)
    place.hold(lot("Havde frist før", deadline=noon(1)), key="5-2026", published=False)
    place.later(days=14)  # 2 December
    place.hold(lot("Kom for sent", deadline=noon(1)), key="6-2026", published=False)
    place.hold(lot("Ikke for nogen"), key="7-2026", verdict=Verdict.UNSUITABLE, published=False)
    place.store._database.write("UPDATE lots SET hidden = 1 WHERE uid LIKE '%5-2026%'")
    place.publish()
    refresh(place.store, RULES.trades, place.now)


def test_the_tasks_of_the_last_month_that_fit_are_shown_the_newest_first(place: Place) -> None:
    _month(place)
    assert tried(place, trades="cleaning", planned="1")[:3] == sorted(tried(place, trades="cleaning", planned="1")[:3])
    every = tried(place, trades="cleaning", planned="1")
    assert set(every) == {"Er udløbet", "Vinduer på havnen", "Stor rengøring", "Plan"}
    assert every[-1] == "Er udløbet"
    assert set(tried(place, "en", trades="cleaning", planned="1")) == set(every)


@pytest.mark.parametrize(
    ("form", "those"),
    [
        ({"trades": "catering"}, set()),
        ({"trades": "cleaning"}, {"Er udløbet", "Vinduer på havnen", "Stor rengøring"}),
        ({"trades": "cleaning", "areas": "DK01"}, {"Er udløbet", "Stor rengøring"}),
        ({"trades": "cleaning", "max_value": "500000"}, {"Er udløbet", "Vinduer på havnen"}),
        ({"trades": "cleaning", "least": "suitable"}, {"Er udløbet", "Vinduer på havnen"}),
        ({"trades": "catering", "words": "facade"}, {"Vinduer på havnen"}),
        ({"cpv": "90"}, {"Er udløbet", "Vinduer på havnen", "Stor rengøring"}),
        ({"cpv": "77"}, set()),
        ({"words": "havnen", "words_out": "facader"}, set()),
        ({"planned": "1"}, {"Er udløbet", "Vinduer på havnen", "Stor rengøring", "Plan"}),
    ],
)
def test_it_is_what_the_choices_would_have_given(place: Place, form: dict[str, str], those: set[str]) -> None:
    _month(place)
    assert set(tried(place, **form)) == those


def test_one_sees_it_on_the_same_page_with_all_that_was_filled_in(place: Place) -> None:
    _month(place)
    form = {
        "trades": "cleaning",
        "areas": "DK01",
        "places": "Hvidovre",
        "words": "sne",
        "address": "x",
        "cadence": "daily",
    }
    response = place.post(DOOR.sign_up("da"), **{"try": "1", **form})
    assert response.status_code == 200
    kept = filled_in(response)
    assert {name: kept[name][0] for name in form} == form
    assert "2 opgaver, der passer til det, I har valgt." in said(response)
    assert "fristen er udløbet" in said(response)
    button = tree(response).xpath("//button[@name='try']")[0]
    assert (button.get("formnovalidate"), button.get("formaction")) == ("", f"{DOOR.sign_up('da')}#proev")
    assert len(tree(response).xpath("//*[@id='proev']")) == 1


def test_nothing_of_it_is_kept_sent_or_written_down(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    _month(place)
    before = place.dump()
    tried(place, trades="cleaning", address=OWNER, words="hemmeligt ord")
    assert place.dump() == before
    assert place.sent == []
    assert "hemmeligt" not in caplog.text
    assert OWNER not in caplog.text


def test_a_mistake_among_the_choices_is_told_and_a_missing_address_is_none(place: Place) -> None:
    _month(place)
    response = place.post(DOOR.sign_up("da"), **{"try": "1", "words": "x", "address": ""})
    assert response.status_code == 422
    assert "Der er 1 ting at rette" in said(response)
    assert tree(response).xpath("//*[@class='trial']") == []


def test_nothing_that_fitted_is_told_with_what_to_do(place: Place) -> None:
    _month(place)
    response = place.post(DOOR.sign_up("da"), **{"try": "1", "trades": "print_scan"})
    assert "Ingen opgaver fra de sidste 30 dage passer" in said(response)


def test_where_only_what_officers_tagged_is_mailed_only_that_is_shown(place: Place) -> None:
    config = replace(place.config, announce="tagged")
    app = make_application(config, RULES, now=lambda: place.moment[0], send=place.sent.append)
    place.client = app.test_client(use_cookies=False)
    view = place.hold(lot("Set af Anna"), key="1-2026")
    place.hold(lot("Ikke set"), key="2-2026")
    place.store.tags.add(view.uid, Verdict.SUITABLE, who="Anna", why="x", now=place.now, trades=("cleaning",))
    place.publish()
    refresh(place.store, RULES.trades, place.now)
    assert tried(place, trades="cleaning") == ["Set af Anna"]


def test_what_is_withheld_is_shown_while_it_stands_open_as_it_is_mailed_to_who_signs_up(place: Place) -> None:
    place.later(days=-5)
    with place.store.withheld.noting(Reason.FIRST_RUN, "ted", place.now):
        place.hold(lot("Står åben"), key="1-2026")
        place.hold(lot("Blev aldrig sendt", deadline=Deadline(place.now + dt.timedelta(days=2))), key="2-2026")
    refresh(place.store, RULES.trades, place.now)
    place.later(days=5)
    assert tried(place, trades="cleaning") == ["Står åben"]


def test_what_it_says_is_true_of_what_was_judged_otherwise_since(place: Place) -> None:
    """It is what fits now, of what came in these days: no word says that it was or would have been mailed."""
    _month(place)
    response = place.post(DOOR.sign_up("da"), **{"try": "1", "trades": "cleaning"})
    assert "Kommet til i de sidste 30 dage" in said(response)
    assert "ville have fået" not in said(response)


def test_the_first_ten_are_shown_and_the_work_is_bounded(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(15):
        place.hold(lot(f"Opgave {number}"), key=f"{number}-2026", published=False)
    place.publish()
    refresh(place.store, RULES.trades, place.now)
    response = place.post(DOOR.sign_up("da"), **{"try": "1", "trades": "cleaning"})
    assert "15 opgaver, der passer" in said(response)
    assert "Her er de 10 nyeste" in said(response)
    read: list[int] = []
    views = place.store.lots.views

    def counted(_: object, now: dt.datetime, uids: Collection[str]) -> Iterator[LotView]:
        read.append(len(uids))
        return views(now, uids=uids)

    monkeypatch.setattr(
        "notifier.store.lots.Lots.views",
        counted,
    )
    monkeypatch.setattr(trials, "MOST_READ", 12)
    response = place.post(DOOR.sign_up("da"), **{"try": "1", "trades": "cleaning"})
    assert "Mindst 12 opgaver, der passer" in said(response)
    assert read == [12]


# -- candidates ----------------------------------------------------------------------------------------------------


def _mixed(place: Place, chance: random.Random) -> list[LotView]:
    """Lots of many kinds: long ones, with people in them, translated, with letters from elsewhere."""
    odd = [
        "İstanbul ĞÜL",
        "Ω-måling",
        "STRASSE straße",
        "Kontaktperson: Bo Krag, tlf. 1",
        "a@b.example rengøring",
        "ﬁn",
    ]
    stems = ["rengøring", "vinduer", "kantine", "Sne", "pakning", "it-drift", "Is og vand", "café", "ØL"]
    for number in range(60):
        words = " ".join(chance.choices([*stems, *odd], k=chance.choice((3, 8, 20))))
        filler = "fyld " * 1400 if number % 9 == 0 else ""
        held = lot(
            f"{chance.choice(stems)} {number}",
            description=f"{filler}{words}",
            cpv_main=chance.choice(("90911200", "55512000", "77310000", "")),
            cpv_additional=chance.choice(((), ("98341130",), ("09000000", "45000000"))),
            nuts=chance.choice(((), ("DK011",), ("DK042",))),
            value=kroner(chance.choice((90_000, 900_000, 9_000_000))) if number % 3 else None,
            duration="P12M",
            deadline=noon(1 + number % 28) if number % 7 else None,
            translations=(Translation("en", chance.choice(stems), words[:50]),) if number % 5 == 0 else (),
        )
        place.hold(
            held, key=f"{number}-2026", published=False, verdict=chance.choice(list(Verdict)),
            stage=Stage.PLANNING if number % 11 == 0 else Stage.CALL, title=chance.choice(stems),
        )  # fmt: skip
    place.publish()
    return list(place.store.lots.views(place.now, live=True))


def _profiles(chance: random.Random) -> list[Profile]:
    words = ["rengøring", "Istanbul", "İstanbul", "ω-måling", "straße", "krag", "is", "is og vand", "ål", "sne", "ØL",
             'ab"cd', "fi", "café", "en meget lang frase", "   "]  # fmt: skip
    found = make_profiles(60)
    for _ in range(60):
        found.append(
            Profile(
                trades=tuple(chance.sample(["cleaning", "catering"], chance.choice((0, 0, 1)))),
                words=tuple(chance.sample(words, chance.choice((0, 1, 2)))),
                words_out=tuple(chance.sample(words, chance.choice((0, 0, 1)))),
                cpv_prefixes=tuple(
                    chance.sample(["90", "9", "909", "55512000", "98341", "45"], chance.choice((0, 0, 1)))
                ),
                areas=chance.choice(((), ("DK01",))),
                least_verdict=chance.choice((Verdict.POSSIBLE, Verdict.SUITABLE, Verdict.RESERVED)),
                planned=chance.random() < 0.5,
            )
        )
    return found


def test_the_catalogue_finds_every_lot_that_a_profile_matches(place: Place) -> None:
    """Random profiles over random lots: as if every lot were read."""
    chance = random.Random(20261205)
    views = _mixed(place, chance)
    refresh(place.store, RULES.trades, place.now)
    matched = found = 0
    for profile in _profiles(chance):
        those = {view.uid for view in views if view.public and match(view, profile)}
        candidates = place.store.catalogue.candidates(sought(profile), place.now)
        assert those <= set(candidates), (profile, those - set(candidates))
        matched, found = matched + len(those), found + len(candidates)
        recent = place.store.catalogue.candidates(sought(profile), place.now, since=place.now)
        assert those <= set(recent), profile
    assert matched > 200
    assert found < 120 * len([view for view in views if view.public])  # it does narrow


def test_a_subscribers_tasks_are_the_same_whether_their_rows_are_made_or_not(place: Place) -> None:
    chance = random.Random(7)
    _mixed(place, chance)
    people = [
        place.subscriber(f"p{number}@haven.example", profile=profile)
        for number, profile in enumerate(_profiles(chance)[::3])
    ]
    pages = [DOOR.tasks(one) for one in people]

    def shown() -> list[list[str]]:
        said = (place.visit(one).get_data(as_text=True) for one in pages)
        return [re.findall(r'<a href="[^"]*/opgaver/([^"]+)\.html"', one) for one in said]

    every = shown()  # no row is made: each lot is read
    assert sum(map(len, every)) > 100
    refresh(place.store, RULES.trades, place.now)
    assert [sorted(one) for one in shown()] == [sorted(one) for one in every]
    assert sum(len(one) > 3 for one in every) > 5
