"""Staff's word: it wins, and survives crawls, assessments and merging; taken back, the machine's counts again."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from notifier.errors import StoreError
from notifier.learning.sampling import Drawn, Kind
from notifier.lots import Assessment, Evidence, LotView, Verdict
from notifier.store import Assessed, Store
from notifier.store.promotions import Grounds
from notifier.store.values import from_json, to_json
from tests.notifier.store.samples import MONDAY, TUESDAY, WEDNESDAY, call, lot
from tests.notifier.store.test_procedures import _back_to_step_1

THURSDAY = WEDNESDAY + dt.timedelta(days=1)
EVIDENCE = (Evidence("trade_words", 1.5, "title", "Rengøring", 0, 9, trade="cleaning"),)


def judge(store: Store, verdict: Verdict = Verdict.UNSUITABLE, rules: str = "1") -> None:
    found = Assessment(verdict, 1.0, ("cleaning",), EVIDENCE, reason="no_trade", rules_version=rules)
    store.assessments.save([Assessed(item.number, found) for item in store.assessments.waiting(rules)], MONDAY)


def only(store: Store) -> LotView:
    (view,) = store.lots.views(WEDNESDAY)
    return view


def verdict(store: Store) -> Verdict | None:
    view = only(store)
    return view.assessment.verdict if view.assessment else None


def tag(store: Store, verdict: Verdict = Verdict.SUITABLE, now: dt.datetime = TUESDAY, **fields: object) -> None:
    said = {"who": "LK", "why": "vi kender opgaven", **fields}
    store.tags.add(only(store).uid, verdict, now=now, **said)  # type: ignore[arg-type]


@pytest.fixture
def held(store: Store) -> Store:
    """One lot that the machine calls unsuitable."""
    store.notices.hold(call(), MONDAY)
    judge(store)
    return store


def test_a_tag_wins_over_the_machine_and_keeps_its_evidence(held: Store) -> None:
    tag(held)
    view = only(held)
    assert view.assessment is not None
    assert (view.assessment.verdict, view.assessment.evidence, view.tagged) == (Verdict.SUITABLE, EVIDENCE, True)
    assert (view.public, view.assessment.reason) == (True, "")


def test_who_and_why_are_nowhere_in_what_readers_are_given(held: Store) -> None:
    tag(held, who="Lone Kjær", why="ring til chefen")
    (version,) = held.notices.versions()
    given = to_json(only(held)) + to_json(version.assessments)
    assert b"Lone" not in given
    assert b"chefen" not in given


def test_a_tag_is_kept_with_who_when_and_why(held: Store) -> None:
    tag(held, who="LK", why="for stor", trades=("catering",))
    (kept,) = held.tags.standing()
    assert (kept.who, kept.why, kept.tagged_at, kept.trades) == ("LK", "for stor", TUESDAY, ("catering",))


def test_trades_are_the_machines_where_the_tag_names_none(held: Store) -> None:
    tag(held)
    assert only(held).assessment == replace(
        Assessment(Verdict.SUITABLE, 1.0, ("cleaning",), EVIDENCE), rules_version="1"
    )
    tag(held, trades=("catering",), now=WEDNESDAY)
    found = only(held).assessment
    assert found is not None
    assert found.trades == ("catering",)


def test_a_tag_survives_assessing_anew(held: Store) -> None:
    tag(held)
    judge(held, Verdict.POSSIBLE, rules="2")
    assert verdict(held) is Verdict.SUITABLE


def test_a_tag_survives_a_new_version_of_the_notice(held: Store) -> None:
    tag(held)
    held.notices.hold(call("1-2026", lot(title="Rengøring af skoler og haller")), WEDNESDAY)
    assert verdict(held) is Verdict.SUITABLE  # before it is assessed, too
    judge(held)
    assert verdict(held) is Verdict.SUITABLE


def test_removing_a_tag_brings_the_machines_verdict_back_and_forgets_nothing(held: Store) -> None:
    tag(held)
    tag(held, Verdict.POSSIBLE, WEDNESDAY)
    uid = only(held).uid
    assert len(held.tags.remove(uid, who="MB", now=THURSDAY)) == 2
    assert (verdict(held), only(held).tagged, held.tags.standing()) == (Verdict.UNSUITABLE, False, ())
    assert [(one.verdict, one.removed_by, one.removed_at) for one in held.tags.of(uid)] == [
        (Verdict.SUITABLE, "MB", THURSDAY),
        (Verdict.POSSIBLE, "MB", THURSDAY),
    ]
    assert held.tags.remove(uid, who="MB", now=THURSDAY) == ()


def test_the_newest_tag_counts(held: Store) -> None:
    tag(held, Verdict.POSSIBLE, WEDNESDAY)
    tag(held, Verdict.SUITABLE, TUESDAY)  # said earlier, written down later
    assert verdict(held) is Verdict.POSSIBLE
    tag(held, Verdict.RESERVED, WEDNESDAY)
    assert verdict(held) is Verdict.RESERVED
    assert [one.verdict for one in held.tags.standing()] == [Verdict.RESERVED]


def test_lists_are_asked_by_the_verdict_that_counts(held: Store) -> None:
    tag(held)
    assert len(list(held.lots.views(WEDNESDAY, verdicts=[Verdict.SUITABLE]))) == 1
    assert list(held.lots.views(WEDNESDAY, verdicts=[Verdict.UNSUITABLE])) == []


def test_exports_have_the_verdict_that_counts(held: Store) -> None:
    tag(held)
    (version,) = held.notices.versions()
    assert [found.verdict for found in version.assessments if found] == [Verdict.SUITABLE]


def test_a_lot_that_was_never_assessed_has_staffs_verdict(store: Store) -> None:
    store.notices.hold(call(), MONDAY)
    tag(store, trades=("cleaning",))
    assert only(store).assessment == Assessment(Verdict.SUITABLE, 0.0, ("cleaning",))


def two_lots(store: Store) -> None:
    """A page, and the call that turns out to be the same tender."""
    page = call(
        "sag-7", lot("1", "Skolerengøring"), source="town", procedure_id="", publication_number="", published=None
    )
    store.notices.hold(page, MONDAY)
    store.notices.hold(call("1-2026", notice_type="cn-standard"), MONDAY)
    judge(store)


def merge(store: Store) -> None:
    page = call("sag-7", lot("1", "Skolerengøring"), source="town", procedure_id="", publication_number="1-2026")
    store.notices.hold(replace(page, published=None), THURSDAY)


@pytest.mark.parametrize("source", ["town", "ted"])
def test_a_tag_follows_its_lot_where_two_turn_out_to_be_one(store: Store, source: str) -> None:
    two_lots(store)
    uid = next(view.uid for view in store.lots.views(MONDAY) if view.notice.source == source)
    store.tags.add(uid, Verdict.SUITABLE, who="LK", why="kendt", now=TUESDAY)
    merge(store)
    assert (verdict(store), only(store).tagged) == (Verdict.SUITABLE, True)
    assert store.tags.standing()[0].lot_uid == only(store).uid


def test_of_two_tags_on_lots_that_turn_out_to_be_one_the_newest_counts(store: Store) -> None:
    two_lots(store)
    for number, view in enumerate(sorted(store.lots.views(MONDAY), key=lambda view: view.notice.source, reverse=True)):
        said = (Verdict.POSSIBLE, Verdict.SUITABLE)[number]
        store.tags.add(view.uid, said, who="LK", why="kendt", now=(WEDNESDAY, TUESDAY)[number])
    merge(store)
    assert verdict(store) is Verdict.POSSIBLE
    assert len(store.tags.of(only(store).uid)) == 2


def test_a_lot_that_is_unknown_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="no lot has the identity 'nothing'"):
        store.tags.add("nothing", Verdict.SUITABLE, who="LK", why="x", now=MONDAY)


@pytest.mark.parametrize("missing", ["who", "why"])
def test_the_database_itself_refuses_a_tag_without_who_or_why(held: Store, missing: str) -> None:
    with pytest.raises(StoreError):
        tag(held, **{missing: ""})  # type: ignore[arg-type]
    assert held.tags.all() == ()


def test_a_database_of_before_gets_room_for_tags(tmp_path: Path) -> None:
    with Store.open(tmp_path / "notifier.db", create=True) as made:
        made.notices.hold(call(), MONDAY)
    _back_to_step_1(tmp_path / "notifier.db")
    with Store.open(tmp_path / "notifier.db") as again:
        tag(again)
        assert verdict(again) is Verdict.SUITABLE


# -- what staff were asked, and what judges


def drawn(uid: str, kind: Kind = Kind.RANDOM) -> Drawn:
    return Drawn(uid, kind, "rejected", 40, 0.25, Verdict.UNSUITABLE, None)


def test_a_draw_is_answered_by_a_tag_that_was_set_after_it(held: Store) -> None:
    tag(held, now=MONDAY)
    assert held.draws.keep([drawn(only(held).uid)], TUESDAY) == 1
    assert [(one.round, one.answer, one.probability) for one in held.draws.all()] == [(1, None, 0.25)]
    tag(held, Verdict.POSSIBLE, WEDNESDAY)
    assert held.draws.all()[0].answer is Verdict.POSSIBLE
    held.tags.remove(only(held).uid, who="LK", now=THURSDAY)
    assert held.draws.all()[0].answer is None


def test_draws_follow_lots_that_turn_out_to_be_one(store: Store) -> None:
    two_lots(store)
    store.draws.keep([drawn(view.uid) for view in store.lots.views(MONDAY)], TUESDAY)
    merge(store)
    assert [one.lot_uid for one in store.draws.all()] == [only(store).uid]


def test_the_last_promotion_counts_and_the_rules_are_kept_as_they_were(store: Store) -> None:
    assert store.promotions.latest() is None
    store.promotions.promote("r1", b"text 1", "", grounds=Grounds.FIRST, now=MONDAY)
    store.promotions.promote("r2", b"text 2", "m1", grounds=Grounds.CONFIRMED, who="LK", report="all", now=TUESDAY)
    store.promotions.promote("r1", b"text 1", "m1", grounds=Grounds.NOT_WORSE, who="LK", now=WEDNESDAY)
    latest = store.promotions.latest()
    assert latest is not None
    assert (latest.rules_version, latest.model_version, latest.grounds) == ("r1", "m1", Grounds.NOT_WORSE)
    assert (store.promotions.rules_text("r1"), store.promotions.rules_text("r2")) == (b"text 1", b"text 2")
    assert [one.number for one in store.promotions.all()] == [1, 2, 3]


def test_what_is_kept_as_json_comes_back(held: Store) -> None:
    tag(held)
    assert from_json(to_json(held.tags.standing()), tuple[object, ...])
