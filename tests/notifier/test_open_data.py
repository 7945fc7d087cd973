"""Open data: valid by the formats' own tools, true to what the source published, and made anew only where they must."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from jsonschema import Draft4Validator, FormatChecker

from notifier import publish as publishing
from notifier.config import OpenData
from notifier.ledger import read_ledger
from notifier.lots import (
    AgreementView,
    Award,
    Criterion,
    Demand,
    Evidence,
    LotAlias,
    LotState,
    LotView,
    Money,
    Organisation,
    Verdict,
)
from notifier.site.codes import company_number
from notifier.site.data import dictionary, extension
from notifier.site.data.columns import (
    AGREEMENT_COLUMNS,
    DAY,
    LIST,
    LOT_COLUMNS,
    MOMENT,
    NUMBER,
    TABLE,
    WHOLE,
    Column,
)
from notifier.site.data.ocds import ToldLot, package_head, release
from notifier.site.data.records import csv_head, csv_line, json_line
from notifier.site.data.snapshots import Memory
from notifier.site.data.telling import AgreementRecord, LotRecord, Teller, uri
from notifier.site.sections import opendata
from notifier.words import words
from tests.notifier.editions import publish
from tests.notifier.examples import (
    NOW,
    SOURCES,
    TOWN,
    TRADES,
    Handed,
    agreement_view,
    assessment,
    at,
    lot,
    lot_view,
    notice,
    some_agreements,
    some_lots,
)
from tests.notifier.ocds import schema
from tests.notifier.test_site import hostile, hostile_view

R = TypeVar("R")
ABOUT = OpenData("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/", "ocds-a1b2c3")
TELLER = Teller(TOWN, ABOUT, {source.id: source for source in SOURCES})
# RFC 3986 and RFC 3339, as far as a schema means them by "uri" and "date-time".
URI = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'()*+,;=%\[\]-]+")
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)")
FORMATS = FormatChecker(formats=())
FORMATS.checks("uri")(lambda said: said is None or URI.fullmatch(str(said)) is not None)
FORMATS.checks("date-time")(lambda said: said is None or DATE_TIME.fullmatch(str(said)) is not None)
PACKAGE = Draft4Validator(schema(), format_checker=FORMATS)
RELEASE = Draft4Validator(schema("Release"), format_checker=FORMATS)


def put(
    folder: Path,
    lots: Sequence[LotView] = some_lots(),
    agreements: Sequence[AgreementView] = some_agreements(),
    now: dt.datetime = NOW,
    outside: Sequence[LotView] = (),
    aliases: Sequence[LotAlias] = (),
    retracted: Sequence[AgreementView] = (),
    about: OpenData = ABOUT,
) -> Path:
    """The folder of the data, published."""
    publish(
        Handed(lots, outside),
        agreements,
        (),
        TOWN,
        folder,
        now,
        trades=TRADES,
        sources=SOURCES,
        aliases=aliases,
        retracted=retracted,
        open_data=about,
    )
    return folder / "data"


def rows(data: Path, name: str = "lots.csv") -> list[dict[str, str]]:
    with (data / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def lines(data: Path, name: str = "lots.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (data / name).read_text(encoding="utf-8").splitlines()]


def package(data: Path, year: str = "2026") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((data / "ocds" / f"{year}.json").read_text(encoding="utf-8"))
    return found


def told_lots(data: Path) -> dict[str, dict[str, Any]]:
    """Every lot of the package by its title."""
    return {lot["title"]: lot for one in package(data)["releases"] for lot in one["tender"]["lots"]}


def one_release(*views: LotView, marked: bool = True) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(release([ToldLot(view, view.state, marked) for view in views], TELLER, NOW))
    return made


def check(validator: Draft4Validator, value: object) -> None:
    assert [(list(error.absolute_path), error.message) for error in validator.iter_errors(value)] == []


# -- what is in them -----------------------------------------------------------------------------------------------


def test_all_lots_with_a_page_are_told_closed_ones_too_and_no_other(tmp_path: Path) -> None:
    data = put(tmp_path)
    slugs = {view.slug for view in some_lots() if view.slug != "motorvejsbro-3300"}
    assert {row["id"] for row in rows(data)} == {line["id"] for line in lines(data)} == slugs
    assert {line["state"] for line in lines(data)} == {"open", "planned", "expired", "awarded", "cancelled", "gone"}
    assert {row["id"] for row in rows(data, "agreements.csv")} == {view.slug for view in some_agreements()}


def test_both_formats_have_the_same_columns_in_the_same_order(tmp_path: Path) -> None:
    data = put(tmp_path)
    for kind, columns in (("lots", LOT_COLUMNS), ("agreements", AGREEMENT_COLUMNS)):
        names = [column.name for column in columns]
        assert list(rows(data, f"{kind}.csv")[0]) == names
        assert list(lines(data, f"{kind}.jsonl")[0]) == names


def test_a_record_tells_what_the_notice_says_and_where_it_stands() -> None:
    line = json.loads(json_line(LotRecord(lot_view(), LotState.OPEN, TELLER, NOW), LOT_COLUMNS))
    expected = {
        "url": "https://opgaver.eksempelby.example/opgaver/rengoering-af-skoler-17a2.html",
        "ocid": "ocds-a1b2c3-6f3e2a10-0000-4000-8000-000000000001",
        "source_name": "EU's udbudstidende (TED)",
        "source_url": "https://ted.europa.example/da/notice/712345-2026",
        "source_licence": "CC BY 4.0",
        "mark_licence": "CC BY 4.0",
        "value": 2500000,
        "currency": "DKK",
        "deadline": "2026-12-08T12:00:00+01:00",
        "verdict": "suitable",
        "trades": ["cleaning"],
        "guiding_da": words("da")("common.guiding"),
        "framework_maximum": None,
        "reserved": [],
    }
    assert {name: line[name] for name in expected} == expected
    assert [one["criterion"] for one in line["evidence"]] == ["trade_cpv", "trade_words"]
    assert line["demands"][0] | {"quote": ""} == {
        "kind": "turnover",
        "field": "selection_criteria[0]",
        "quote": "",
        "amount": 5000000,
        "currency": "DKK",
    }


def test_what_is_unknown_is_null_and_empty_and_never_guessed() -> None:
    bare = lot_view(of_lot=lot(value=None, deadline=None, duration="", nuts=(), renewals=None, sme_suitable=None))
    bare = replace(bare, assessment=assessment(value_per_year=None))
    record = LotRecord(bare, LotState.OPEN, TELLER, NOW)
    line = json.loads(json_line(record, LOT_COLUMNS))
    unknown = ("value", "currency", "deadline", "duration", "renewals", "sme_suitable", "value_per_year")
    assert {line[name] for name in unknown} == {None}
    (row,) = csv.DictReader(io.StringIO((csv_head(LOT_COLUMNS) + csv_line(record, LOT_COLUMNS)).decode()))
    assert {row[name] for name in unknown} == {""}
    assert (
        not {"value", "tenderPeriod", "contractPeriod", "renewal", "suitability"}
        & one_release(bare)["tender"]["lots"][0].keys()
    )


def test_a_source_that_states_no_licence_is_said_to_state_none(tmp_path: Path) -> None:
    data = put(tmp_path, lots=[lot_view(of_notice=notice(source="town"))])
    assert rows(data)[0]["source_licence"] == "not stated by the source"
    assert package(data)["releases"][0]["provenance"] == [
        {
            "source": "town",
            "name": "Eksempelby Kommunes udbudsside",
            "notice": "https://ted.europa.example/da/notice/712345-2026",
            "license": "not stated by the source",
        }
    ]


def test_a_deadline_of_which_only_the_day_is_known_says_so() -> None:
    view = next(view for view in some_lots() if view.slug == "kantine-paa-raadhuset-77b0")
    line = json.loads(json_line(LotRecord(view, view.state, TELLER, NOW), LOT_COLUMNS))
    assert line["participation_deadline"] == "2026-12-17T23:59:00+01:00"
    assert line["deadlines_without_time"] == ["participation_deadline"]


def test_neither_score_nor_remarks_nor_what_staff_did_is_told(tmp_path: Path) -> None:
    view = replace(lot_view(of_notice=notice(flags=("en bemærkning",))), tagged=False)
    plain, tagged = put(tmp_path / "a", [view]), put(tmp_path / "b", [replace(view, tagged=True)])
    for file in ("lots.csv", "lots.jsonl", "ocds/2026.json"):
        text = (plain / file).read_text(encoding="utf-8")
        assert (tagged / file).read_text(encoding="utf-8") == text
        assert not re.search(r"score|weight|3\.25|en bemærkning|a1b2c3d4", text), file


def test_contact_persons_and_mail_addresses_are_in_no_file(tmp_path: Path) -> None:
    secret = "Kontaktperson: Anna Ager. Skriv til anna.ager@kommune.example"
    view = lot_view(
        of_lot=lot(title=secret, description=secret, place=secret, renewal_text=secret, performance_terms=(secret,)),
        of_notice=notice(title=secret, description=secret, buyers=(Organisation(secret, "12345678"),)),
        judged=assessment(
            evidence=(Evidence("trade_words", 1.0, "description", secret, 0, 9),),
            demands=(Demand("references", secret, "description"),),
        ),
    )
    view = replace(view, lot=replace(view.lot, awards=(Award(Organisation(secret)),)))
    agreement = agreement_view(title=secret, options=secret, supplier=Organisation(secret), contact=secret)
    data = put(tmp_path, [view], [agreement])
    for file in data.rglob("*"):
        if file.is_file():
            text = file.read_text(encoding="utf-8")
            assert "Ager" not in text, file
            assert "anna" not in text, file


CPR, ADDRESS = "010203-1234", "anna.ager@kommune.example"


def published(folder: Path) -> list[tuple[Path, str]]:
    """All that is served, as text. What publishing notes down for itself is not, and begins with a point."""
    files = [file for file in folder.rglob("*") if file.is_file() and not file.name.startswith(".")]
    return [(file, file.read_text(encoding="utf-8")) for file in files if file.suffix != ".png"]


def sole_trader(country: str = "DK", number: str = CPR) -> Organisation:
    return Organisation("Ager Gartneri", number, country)


@pytest.mark.parametrize("number", [CPR, CPR.replace("-", ""), ADDRESS, f"Anna Ager, {ADDRESS}"])
def test_what_is_no_companys_number_is_in_no_file(number: str, tmp_path: Path) -> None:
    for country in ("DK", "", "SE", "FIN"):
        trader = sole_trader(country, number)
        view = lot_view(of_lot=lot(awards=(Award(trader),)), of_notice=notice(buyers=(trader,)))
        data = put(tmp_path / (country or "none"), [view], [agreement_view(supplier=trader, buyer=trader)])
        for file, text in published(data.parent):
            assert not re.search("010203-?1234|anna", text), file


def test_mail_addresses_among_codes_and_in_links_are_in_no_file(tmp_path: Path) -> None:
    link = f"https://by.example/udbud?id=17&mail={ADDRESS.replace('@', '%40')}"
    view = lot_view(
        of_lot=lot(
            lot_id=ADDRESS, cpv_main=ADDRESS, cpv_additional=(ADDRESS,), nuts=(ADDRESS,), nature=ADDRESS,
            reserved=(ADDRESS,), strategic=(ADDRESS,), framework=ADDRESS, result=ADDRESS, duration=ADDRESS,
            documents_url=link, submission_url=link,
        ),
        of_notice=notice(
            url=link, publication_number=ADDRESS, procedure_id=ADDRESS, notice_type=ADDRESS, procedure_type=ADDRESS,
            key=link, language=ADDRESS,
        ),
    )  # fmt: skip
    view = replace(view, uid=f"{link}/1", procedure=link)
    data = put(tmp_path, [view], [agreement_view(cpv=(ADDRESS,), url=link)])
    for file, text in published(data.parent):
        assert "anna" not in text, file
    assert rows(data)[0]["source_url"] == "https://by.example/udbud?id=17"


@pytest.mark.parametrize(
    ("country", "number", "told"),
    [
        ("DK", "DK 12 34 56 78", "12345678"),
        ("DNK", "CVR-nr. 12345678", "12345678"),
        ("DK", "0102031234", ""),
        ("DK", "buyer", ""),
        ("SE", "556036-2138", "556036-2138"),
        ("SWE", "8001021234", ""),
        ("SE", "19800102-1234", ""),
        ("FIN", "FI19921555", "FI19921555"),
        ("FI", "010203A123K", ""),
        ("NO", "974 652 234", "974 652 234"),
        ("NO", "01020312345", ""),
        ("DE", "HRB 116369", "HRB 116369"),
        ("DE", "Ole Olsen 12345678", ""),
        ("ES", "12345678Z", ""),
        ("ESP", "P-0801900-B", "P-0801900-B"),
        ("BEL", "BE0248.399.380", "BE0248.399.380"),
        ("DEU", "529900SEOICVR2VM6Y05", "529900SEOICVR2VM6Y05"),
    ],
)
def test_a_number_is_told_where_it_is_a_companys(country: str, number: str, told: str) -> None:
    assert company_number(Organisation("X", number, country)) == told


# -- OCDS ----------------------------------------------------------------------------------------------------------


def test_packages_are_valid_by_the_standard_its_extensions_and_ours(tmp_path: Path) -> None:
    data = put(tmp_path)
    check(PACKAGE, package(data))
    assert [len(one["tender"]["lots"]) for one in package(data)["releases"]] == [1, 6, 1, 1, 1, 1, 1]
    check(PACKAGE, package(data / "2026-11"))


def test_the_checks_of_packages_find_what_is_wrong(tmp_path: Path) -> None:
    good = package(put(tmp_path))
    spoils: tuple[Callable[[dict[str, Any]], object], ...] = (
        lambda one: one.pop("ocid"),
        lambda one: one["tender"].update(status="expired"),
        lambda one: one["tender"]["lots"][0]["guidingMark"].update(verdict="unsuitable"),
        lambda one: one["tender"]["lots"][0].update(guidingmark={}),
        lambda one: one.update(date="2026-11-06"),
        lambda one: one["tender"]["documents"][0].update(url="javascript:alert(1)"),
    )
    for spoil in spoils:
        bad = json.loads(json.dumps(good))
        spoil(bad["releases"][0])
        assert not PACKAGE.is_valid(bad)


def test_a_lot_that_is_not_marked_is_told_beside_its_siblings_without_a_mark(tmp_path: Path) -> None:
    hidden = replace(lot_view("skjult-1", of_lot=lot(title="Skjult")), hidden=True)
    elsewhere = lot_view("langt-vaek-2", of_lot=lot(title="Langt væk"))
    alone = lot_view(
        "bro-3", of_notice=notice(procedure_id="only-a-bridge"), judged=assessment(Verdict.UNSUITABLE), of_lot=lot()
    )
    waiting = replace(lot_view("venter-4", of_lot=lot(title="Venter")), assessment=None)
    data = put(tmp_path, [*some_lots(), hidden, alone, waiting], outside=[elsewhere])
    lots = told_lots(data)
    for title in ("Motorvejsbro", "Venter"):
        assert "guidingMark" not in lots[title]
        assert not re.search("unsuitable|verdict|suitable", json.dumps(lots[title]).replace("suitability", ""))
    assert "guidingMark" in lots["Rengøring af skoler"]
    assert not {"Skjult", "Langt væk"} & lots.keys()
    everything = "".join(file.read_text(encoding="utf-8") for file in data.rglob("*.json*"))
    assert "only-a-bridge" not in everything
    assert "unsuitable" not in everything


def test_reservations_aims_and_techniques_use_the_standards_own_codes() -> None:
    view = lot_view(
        of_lot=lot(
            reserved=("res-ws", "res-program"),
            strategic=("soc-obj", "env-imp"),
            social_objectives=("opp",),
            framework="fa-mix",
            framework_maximum=Money(Decimal("3000000.50")),
            dynamic_purchasing="dps-list",
            performance_terms=("Social klausul",),
            duration="P6W",
        )
    )
    told = one_release(view)["tender"]["lots"][0]
    assert told["otherRequirements"] == {"reservedParticipation": ["shelteredWorkshop"]}
    assert told["contractTerms"] == {"reservedExecution": True, "performanceTerms": "Social klausul"}
    goals = [one["goal"] for one in told["sustainability"]]
    assert goals == ["social.disadvantagedEmploymentOpportunities", "environmental"]
    assert told["techniques"]["frameworkAgreement"] == {
        "method": "withAndWithoutReopeningCompetition",
        "value": {"amount": 3000000.5, "currency": "DKK"},
    }
    assert told["techniques"]["dynamicPurchasingSystem"] == {"type": "closed"}
    assert told["contractPeriod"] == {"durationInDays": 42, "duration": "P6W"}
    assert told["suitability"] == {"sme": True}


def test_the_first_hurdle_ends_the_tender_period_and_all_are_milestones() -> None:
    view = next(view for view in some_lots() if view.slug == "kantine-paa-raadhuset-77b0")
    told = one_release(view)["tender"]["lots"][0]
    assert told["tenderPeriod"] == {"endDate": "2026-12-17T23:59:00+01:00"}
    assert [one["dueDate"] for one in told["milestones"]] == ["2026-12-17T23:59:00+01:00", "2027-01-28T12:00:00+01:00"]
    assert told["hasRenewal"] is False


def test_winners_are_awards_with_their_lots_and_contracts() -> None:
    view = next(view for view in some_lots() if view.state is LotState.AWARDED)
    told = one_release(view)
    assert told["tag"] == ["tender", "award", "contract"]
    (award,) = told["awards"]
    assert award["suppliers"] == [{"id": "DK-CVR-11223344", "name": "Ren By A/S"}]
    assert (award["value"], award["relatedLots"]) == ({"amount": 1900000, "currency": "DKK"}, ["LOT-0001"])
    assert told["contracts"][0]["awardID"] == award["id"]
    assert told["contracts"][0]["dateSigned"] == "2026-10-02T00:00:00+02:00"
    assert told["tender"]["status"] == "complete"


@pytest.mark.parametrize(
    ("state", "tag", "status"),
    [
        (LotState.PLANNED, "planning", "planned"),
        (LotState.OPEN, "tender", "active"),
        (LotState.EXPIRED, "tender", None),
        (LotState.GONE, "tender", None),
        (LotState.CANCELLED, "tenderCancellation", "cancelled"),
    ],
)
def test_what_nobody_here_knows_of_a_tender_is_not_its_status(state: LotState, tag: str, status: str | None) -> None:
    told = one_release(lot_view(state=state))
    assert (told["tag"], told["tender"]["status"], told["tender"]["lots"][0]["status"]) == ([tag], status, status)


def test_a_status_that_is_unknown_is_null_or_who_merges_releases_would_keep_the_last_one() -> None:
    told = one_release(lot_view(state=LotState.EXPIRED))
    assert told["tender"]["status"] is told["tender"]["lots"][0]["status"] is None
    check(RELEASE, told)


def test_closed_without_a_winner_is_unsuccessful_and_no_cancellation() -> None:
    told = one_release(lot_view(state=LotState.CANCELLED, of_lot=lot(result="clos-nw")))
    assert (told["tag"], told["tender"]["status"]) == (["tender"], "unsuccessful")
    for language, said in (("da", "lukket uden vinder"), ("en", "closed without a winner")):
        state = next(column for column in LOT_COLUMNS if column.name == "state")
        assert said in dictionary.meaning("lots", state, language)


def test_a_danish_organisation_is_one_party_however_its_number_is_written() -> None:
    written = ("11223344", "DK11223344", "CVR 11 22 33 44", "CVR-nr. 11223344")
    awards = tuple(Award(Organisation("Ren By A/S", number)) for number in written)
    told = one_release(lot_view(state=LotState.AWARDED, of_lot=replace(lot(), awards=awards)))
    suppliers = [party for party in told["parties"] if party["roles"] == ["supplier"]]
    assert [party["id"] for party in suppliers] == ["DK-CVR-11223344"]
    assert suppliers[0]["identifier"] == {"scheme": "DK-CVR", "id": "11223344", "legalName": "Ren By A/S"}
    assert {one["suppliers"][0]["id"] for one in told["awards"]} == {"DK-CVR-11223344"}


def test_a_release_gets_another_id_when_its_content_does_and_only_then() -> None:
    first, again = one_release(lot_view()), one_release(lot_view())
    other = one_release(lot_view(of_lot=lot(title="En anden titel")))
    assert first == again
    assert (first["ocid"], first["id"]) != (other["ocid"], other["id"])
    assert first["ocid"] == other["ocid"]


def test_a_procedure_whose_key_is_an_address_has_an_identifier_all_the_same() -> None:
    one = TELLER.ocid("town:https://by.example/udbud?id=7")
    assert re.fullmatch(r"ocds-a1b2c3-[0-9a-f]{24}", one)
    assert one != TELLER.ocid("town:https://by.example/udbud?id=8")


def test_a_package_has_the_tenders_that_were_found_in_its_year(tmp_path: Path) -> None:
    midnight = dt.datetime(2025, 12, 31, 23, 30, tzinfo=dt.UTC)
    old = lot_view("gammel-1", of_notice=notice(procedure_id="old"), first_seen=midnight)
    older = lot_view("aeldre-1", of_notice=notice(procedure_id="older"), first_seen=at("2025-12-31"))
    data = put(tmp_path, [old, older])
    assert [one["ocid"] for one in package(data, "2025")["releases"]] == ["ocds-a1b2c3-older"]
    assert [one["ocid"] for one in package(data, "2026")["releases"]] == ["ocds-a1b2c3-old"]  # midnight in Copenhagen
    check(PACKAGE, package(data, "2025"))


def test_without_tenders_there_is_no_package_for_the_standard_knows_no_empty_one(tmp_path: Path) -> None:
    data = put(tmp_path, [], [])
    assert not list(data.rglob("20*.json"))
    assert rows(data) == []
    assert lines(data) == []


def test_the_extension_describes_itself_and_every_code_that_is_used(tmp_path: Path) -> None:
    data = put(tmp_path)
    folder = data / "ocds" / "extension"
    about = json.loads((folder / "extension.json").read_text(encoding="utf-8"))
    assert about.keys() == {
        "name", "description", "documentationUrl", "contactPoint", "compatibility", "schemas", "codelists"
    }  # fmt: skip
    assert f"{TOWN.base_url}/data/ocds/extension/extension.json" in package(data)["extensions"]
    assert json.loads((folder / "release-schema.json").read_text(encoding="utf-8")) == extension.SCHEMA
    codes = {name: {row["Code"] for row in rows(folder / "codelists", name)} for name in about["codelists"]}
    marks = [lot["guidingMark"] for lot in told_lots(data).values() if "guidingMark" in lot]
    assert (
        {mark["verdict"] for mark in marks} <= codes["guidingMarkVerdict.csv"] == {"reserved", "suitable", "possible"}
    )
    assert {trade for mark in marks for trade in mark["trades"]} <= codes["guidingMarkTrade.csv"]
    assert {one["criterion"] for mark in marks for one in mark["evidence"]} <= codes["guidingMarkCriterion.csv"]
    assert {one["kind"] for mark in marks for one in mark.get("demands", [])} <= codes["guidingMarkDemand.csv"]
    readme = (folder / "README.md").read_text(encoding="utf-8")
    described = [name for one in extension.SCHEMA["definitions"].values() for name in one["properties"]]
    assert all(f"`{name}`" in readme for name in described)


# -- hostile text --------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(hostile)
def test_hostile_text_goes_through_all_formats_and_they_stay_valid(text: str) -> None:
    view = hostile_view(text)
    view = replace(
        view,
        lot=replace(
            view.lot,
            awards=(Award(Organisation(text, text, text), Money(Decimal(1), text), dt.date(2026, 1, 2)),),
            nuts=(text,),
            cpv_main=text,
            cpv_additional=(text, text),
            value=Money(Decimal("1.5"), text),
            performance_terms=(text,),
            selection_criteria=(Criterion(text, text),),
            social_objectives=(text,),
            submission_url=text,
            lot_id=text,
            renewal_text=text,
        ),
        notice=replace(view.notice, procedure_type=text, source=text, key=text, description=text),
        procedure=text,
    )
    check(RELEASE, one_release(view, lot_view("anden")))
    check_lines(LotRecord(view, view.state, TELLER, NOW), LOT_COLUMNS)
    agreement = agreement_view("a", title=text, options=text, url=text, cpv=(text,))
    check_lines(AgreementRecord(agreement, TELLER, NOW), AGREEMENT_COLUMNS)


def check_lines(record: R, columns: Sequence[Column[R]]) -> None:
    """One line in each format, which its reader takes for what it is, and nothing that a spreadsheet calculates."""
    told = json_line(record, columns)
    assert told.count(b"\n") == 1
    made = (csv_head(columns) + csv_line(record, columns)).decode("utf-8")
    assert len(made.splitlines()) == made.count("\r\n") == 2
    (row,) = csv.DictReader(io.StringIO(made, newline=""), strict=True)
    assert row.keys() == json.loads(told).keys()
    assert not [cell for cell in row.values() if re.match(r"[=+@\t\r\n＝＋＠-]", cell)]


@pytest.mark.parametrize("formula", ["=1+1", "@SUM(1)", "+1", "-1+1", "\t=1", '=HYPERLINK("http://x")', "a\n=1+1"])
def test_a_cell_that_a_spreadsheet_would_calculate_is_defused(formula: str) -> None:
    view = lot_view(of_lot=lot(title=formula, cpv_additional=("1", formula)))
    made = csv_line(LotRecord(view, view.state, TELLER, NOW), LOT_COLUMNS).decode()
    (cells,) = csv.reader(io.StringIO(made))
    row = dict(zip([column.name for column in LOT_COLUMNS], cells, strict=True))
    assert row["title"].startswith(("'", "a"))
    assert not re.search(r"(?:^|[;\n])\s*[=+@-]", row["title"] + "\n" + row["cpv_additional"])


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://by.example/æble?q=å#ø", "https://by.example/%C3%A6ble?q=%C3%A5#%C3%B8"),
        ("https://by.example/100%", "https://by.example/100%25"),
        ("https://by.example/a[1]|b", "https://by.example/a%5B1%5D%7Cb"),
        ("javascript:alert(1)", None),
        ("mailto:udbud@by.example", None),
    ],
)
def test_addresses_are_written_as_rfc_3986_has_them(url: str, told: str | None) -> None:
    assert uri(url) == told


# -- made anew only where they must --------------------------------------------------------------------------------


def town_of(count: int) -> list[LotView]:
    """Two lots to a tender."""
    made = [
        lot_view(f"opgave-{number}", of_lot=lot(lot_id=str(number)), of_notice=notice(procedure_id=f"p{number // 2}"))
        for number in range(count)
    ]
    return [replace(view, uid=f"{view.procedure}/{number}") for number, view in enumerate(made)]


def test_one_changed_lot_costs_its_lines_and_its_tender(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    views = town_of(12)
    put(tmp_path, views)
    made: list[str] = []
    line = opendata._line

    def counted(record: LotRecord, columns: Sequence[Any], form: str) -> bytes:
        made.append(f"{form} {record.view.slug}")
        return line(record, columns, form)

    def counted_release(lots: Sequence[ToldLot], teller: Teller, changed: dt.datetime) -> bytes:
        made.append(lots[0].view.procedure)
        return release(lots, teller, changed)

    monkeypatch.setattr(opendata, "_line", counted)
    monkeypatch.setattr(opendata, "release", counted_release)
    views[5] = replace(views[5], lot=replace(views[5].lot, title="Ny titel"))
    data = put(tmp_path, views)
    assert sorted(made) == ["csv opgave-5", "jsonl opgave-5", "p2"]
    fresh = put(tmp_path / "fresh", views)
    for file in ("lots.csv", "lots.jsonl", "ocds/2026.json"):
        assert (data / file).read_bytes() == (fresh / file).read_bytes()


def test_a_package_was_published_when_something_in_it_last_changed(tmp_path: Path) -> None:
    views = town_of(2)
    first = package(put(tmp_path, views))["publishedDate"]
    assert first == NOW.isoformat()
    later = NOW + dt.timedelta(hours=3)
    assert package(put(tmp_path, views, now=later))["publishedDate"] == first
    views[0] = replace(views[0], lot=replace(views[0].lot, title="Ny titel"))
    assert package(put(tmp_path, views, now=later))["publishedDate"] == later.isoformat()


def dated(data: Path) -> dict[str, list[str]]:
    """What the files say of when each record, agreement and release last changed."""
    return {
        "lots": [line["changed"] for line in lines(data)],
        "agreements": [line["changed"] for line in lines(data, "agreements.jsonl")],
        "releases": [one["date"] for one in package(data)["releases"]],
    }


LATER = NOW + dt.timedelta(hours=3)


def test_a_mark_or_a_state_that_changes_dates_its_record_and_its_release_and_no_other(tmp_path: Path) -> None:
    views, first, later = town_of(6), NOW.isoformat(), LATER.isoformat()
    agreements = some_agreements()[:1]
    before = dated(put(tmp_path, views, agreements))
    assert before == {"lots": [first] * 6, "agreements": [first], "releases": [first] * 3}
    views[0] = replace(views[0], assessment=assessment(Verdict.POSSIBLE))
    views[2] = replace(views[2], state=LotState.CANCELLED)
    after = dated(put(tmp_path, views, agreements, now=LATER))
    assert after["lots"] == [later, first, later, first, first, first]
    assert after["releases"] == [later, later, first]
    assert after["agreements"] == [first]
    assert [row["changed"] for row in rows(tmp_path / "data")] == after["lots"]
    assert dated(put(tmp_path, views, agreements, now=LATER + dt.timedelta(days=1))) == after


def test_a_sibling_that_is_not_told_any_more_dates_the_release_alone(tmp_path: Path) -> None:
    views = town_of(2)
    put(tmp_path, views)
    data = put(tmp_path, [replace(views[0], hidden=True), views[1]], now=LATER)
    assert dated(data)["lots"] == [NOW.isoformat()]
    assert dated(data)["releases"] == [LATER.isoformat()]


def test_another_program_dates_nothing_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = put(tmp_path)
    before = dated(data), package(data)
    monkeypatch.setattr(publishing, "_code", lambda: b"another version")
    put(tmp_path, now=NOW + dt.timedelta(minutes=1))
    assert (dated(data), package(data)) == before


def test_another_licence_dates_what_it_stands_in(tmp_path: Path) -> None:
    put(tmp_path, town_of(2))
    data = put(tmp_path, town_of(2), now=LATER, about=replace(ABOUT, licence="CC0 1.0"))
    assert {at for found in dated(data).values() for at in found} == {LATER.isoformat()}


def test_where_nothing_was_written_down_all_is_dated_now_and_no_reader_misses_anything(tmp_path: Path) -> None:
    put(tmp_path, town_of(2))
    (tmp_path / ".published").unlink()
    assert {at for found in dated(put(tmp_path, town_of(2), now=LATER)).values() for at in found} == {LATER.isoformat()}


def test_what_is_remembered_of_dates_is_small(tmp_path: Path) -> None:
    put(tmp_path, town_of(20), agreements=())
    ledger = read_ledger(tmp_path)
    assert ledger
    memory = msgspec.msgpack.decode(ledger.memory["opendata"], type=Memory)
    assert len(memory.changed) == 12 * (20 + 10)  # of each lot and each tender


def test_what_the_notice_says_and_no_page_shows_is_made_anew_with_its_version(tmp_path: Path) -> None:
    put(tmp_path, [lot_view()])
    other = lot_view(of_notice=notice(procedure_type="restricted"), updated=NOW)
    assert lines(put(tmp_path, [other]))[0]["procedure_type"] == "restricted"


def test_a_head_is_a_package_by_itself_with_its_end() -> None:
    body = package_head(TELLER, "data/ocds/2026.json", NOW) + release(
        [ToldLot(lot_view(), LotState.OPEN, True)], TELLER, NOW
    )
    check(PACKAGE, json.loads(body + b"\n]}"))


# -- snapshots -----------------------------------------------------------------------------------------------------

DECEMBER = NOW.replace(month=12, day=3)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_snapshot_is_made_once_a_month_and_never_altered(tmp_path: Path) -> None:
    november = put(tmp_path) / "2026-11"
    before = contents(november)
    assert before.keys() == {
        "lots.csv", "lots.jsonl", "agreements.csv", "agreements.jsonl", "ocds/2026.json", "datapackage.json",
        "README.md",
    }  # fmt: skip
    assert b"2026-11-23" in before["README.md"]
    changed = [replace(view, lot=replace(view.lot, title="Helt ny titel")) for view in some_lots()]
    data = put(tmp_path, changed[1:], agreements=(), now=NOW + dt.timedelta(days=2))
    assert contents(november) == before
    assert lines(data)[0]["title"] == "Helt ny titel"
    put(tmp_path, changed[1:], now=DECEMBER)
    assert contents(november) == before
    assert b"2026-12-03" in contents(data / "2026-12")["README.md"]


def test_the_month_is_copenhagens(tmp_path: Path) -> None:
    data = put(tmp_path, now=dt.datetime(2026, 11, 30, 23, 30, tzinfo=dt.UTC))
    assert [path.name for path in data.iterdir() if path.name.startswith("2026")] == ["2026-12"]


def test_what_an_officer_took_off_is_taken_out_of_snapshots_and_nothing_else_changes(tmp_path: Path) -> None:
    views = town_of(6)
    november = put(tmp_path, views) / "2026-11"
    before = lines(november), package(november)
    views[2] = replace(views[2], hidden=True)
    changed = [replace(view, lot=replace(view.lot, title="Ny titel")) for view in views]
    put(tmp_path, changed, now=DECEMBER)
    assert lines(november) == [line for line in before[0] if line["id"] != "opgave-2"]
    assert [row["id"] for row in rows(november)] == [line["id"] for line in lines(november)]
    assert package(november) == before[1] | {
        "releases": [one for one in before[1]["releases"] if one["ocid"] != "ocds-a1b2c3-p1"]
    }
    after = contents(november)
    put(tmp_path, changed, now=DECEMBER + dt.timedelta(days=1))
    assert contents(november) == after


def test_a_lot_under_an_earlier_name_is_taken_out_too(tmp_path: Path) -> None:
    views = town_of(4)
    november = put(tmp_path, views) / "2026-11"
    put(tmp_path, [*views[1:3], replace(views[3], hidden=True)], aliases=[LotAlias("p0/0", "opgave-0", "p1/3")])
    assert [line["id"] for line in lines(november)] == ["opgave-1", "opgave-2"]


def test_a_lot_that_is_no_longer_held_or_waits_for_its_mark_stays_in_snapshots(tmp_path: Path) -> None:
    november = put(tmp_path, town_of(2)) / "2026-11"
    before = contents(november)
    put(tmp_path, [replace(view, assessment=None) for view in town_of(1)])
    assert contents(november) == before


def test_a_lot_whose_mark_was_reversed_is_taken_out_of_snapshots_and_does_not_come_back(tmp_path: Path) -> None:
    views = town_of(6)
    november = put(tmp_path, views) / "2026-11"
    put(tmp_path, [replace(views[0], assessment=assessment(Verdict.UNSUITABLE)), *views[1:]])
    put(tmp_path, views, now=DECEMBER)
    assert [line["id"] for line in lines(november)] == [f"opgave-{number}" for number in range(1, 6)]
    assert [one["ocid"] for one in package(november)["releases"]] == ["ocds-a1b2c3-p1", "ocds-a1b2c3-p2"]


def test_a_lot_that_never_had_a_mark_takes_no_tender_out_of_snapshots(tmp_path: Path) -> None:
    views = town_of(2)
    views[1] = replace(views[1], assessment=assessment(Verdict.UNSUITABLE))
    november = put(tmp_path, views) / "2026-11"
    before = contents(november)
    put(tmp_path, views, now=DECEMBER)
    assert contents(november) == before


def test_a_lot_that_is_not_followed_any_more_is_taken_out_of_snapshots(tmp_path: Path) -> None:
    views = town_of(4)
    november = put(tmp_path, views) / "2026-11"
    put(tmp_path, views[1:], outside=views[:1])
    assert [line["id"] for line in lines(november)] == ["opgave-1", "opgave-2", "opgave-3"]
    assert [one["ocid"] for one in package(november)["releases"]] == ["ocds-a1b2c3-p1"]


def test_an_agreement_that_turned_out_not_to_be_is_taken_out_of_snapshots(tmp_path: Path) -> None:
    first, *others = some_agreements()
    november = put(tmp_path) / "2026-11"
    put(tmp_path, agreements=others, now=DECEMBER)
    assert first.slug in {line["id"] for line in lines(november, "agreements.jsonl")}
    put(tmp_path, agreements=others, retracted=[first], now=DECEMBER)
    kept = [view.slug for view in some_agreements() if view != first]
    assert sorted(line["id"] for line in lines(november, "agreements.jsonl")) == sorted(kept)
    assert sorted(row["id"] for row in rows(november, "agreements.csv")) == sorted(kept)


def test_the_snapshots_readme_says_what_is_taken_out_of_it(tmp_path: Path) -> None:
    text = (put(tmp_path) / "2026-11" / "README.md").read_text(encoding="utf-8")
    assert "Opgaver og aftaler, som senere er taget af siden, er også taget ud her og sættes ikke ind igen" in text


def test_a_snapshots_package_goes_with_its_last_tender(tmp_path: Path) -> None:
    views = town_of(1)
    november = put(tmp_path, views) / "2026-11"
    put(tmp_path, [replace(views[0], hidden=True)])
    assert not (november / "ocds" / "2026.json").exists()
    assert lines(november) == []
    assert rows(november) == []


def test_a_run_that_was_killed_after_it_had_taken_something_out_loses_no_snapshot(tmp_path: Path) -> None:
    views = town_of(6)
    november = put(tmp_path, views) / "2026-11"
    shutil.copy2(tmp_path / ".published", tmp_path / "kept")
    hidden = [replace(views[0], hidden=True), *views[1:]]
    put(tmp_path, hidden)
    after = contents(november)
    shutil.move(tmp_path / "kept", tmp_path / ".published")  # the run did not come to write it
    put(tmp_path, hidden)
    assert contents(november) == after
    put(tmp_path, [*hidden[:5], replace(views[5], hidden=True)])
    assert [line["id"] for line in lines(november)] == ["opgave-1", "opgave-2", "opgave-3", "opgave-4"]


def test_a_snapshot_that_somebody_else_wrote_to_goes_when_something_has_to_be_taken_out(tmp_path: Path) -> None:
    views = town_of(4)
    november = put(tmp_path, views) / "2026-11"
    (november / "lots.csv").write_text("nobody knows what is in here\n")
    put(tmp_path, views)
    assert (november / "lots.csv").exists()
    put(tmp_path, [replace(views[0], hidden=True), *views[1:]])
    assert not (november / "lots.csv").exists()
    assert len(lines(november)) == 3


def test_without_what_was_written_down_snapshots_stay_as_they_are(tmp_path: Path) -> None:
    november = put(tmp_path) / "2026-11"
    before = contents(november)
    (tmp_path / ".published").unlink()
    put(tmp_path, town_of(2), now=DECEMBER)
    assert contents(november) == before


# -- the dictionary ------------------------------------------------------------------------------------------------

CASTS = {
    WHOLE: int,
    NUMBER: float,
    DAY: dt.date.fromisoformat,
    MOMENT: dt.datetime.fromisoformat,
    "boolean": {"true": True, "false": False}.__getitem__,
    "string": str,
    LIST: str,
    TABLE: str,
}
KINDS: dict[str, type | tuple[type, ...]] = {WHOLE: int, NUMBER: (int, float), "boolean": bool, LIST: list, TABLE: list}


def test_every_value_is_of_the_type_that_the_dictionary_says(tmp_path: Path) -> None:
    data = put(tmp_path)
    for kind, columns in dictionary.COLUMNS.items():
        types = {column.name: column for column in columns}
        for row in rows(data, f"{kind}.csv"):
            for name, cell in row.items():
                assert cell or not types[name].required
                assert not cell or CASTS[types[name].type](cell) is not None  # type: ignore[operator]
        for line in lines(data, f"{kind}.jsonl"):
            for name, value in line.items():
                assert value is None or isinstance(value, KINDS.get(types[name].type, str)), name
    moments = [row["deadline"] for row in rows(data) if row["deadline"]]
    assert all(dt.datetime.fromisoformat(one).tzinfo for one in moments)


def test_examples_in_the_dictionary_are_of_their_type() -> None:
    every: list[Column[Any]] = [*LOT_COLUMNS, *AGREEMENT_COLUMNS]
    for column in every:
        assert isinstance(column.example, KINDS.get(column.type, str)), column.name
        if column.type in (DAY, MOMENT):
            assert CASTS[column.type](column.example)  # type: ignore[operator]


def test_objects_in_lists_have_the_fields_of_their_example() -> None:
    view = next(view for view in some_lots() if view.state is LotState.AWARDED)
    line = json.loads(json_line(LotRecord(view, view.state, TELLER, NOW), LOT_COLUMNS))
    tables = [column for column in LOT_COLUMNS if column.type == TABLE]
    assert {column.name for column in tables} == {"winners", "evidence", "demands"}
    for column in tables:
        assert line[column.name][0].keys() == column.example[0].keys()
        named = re.findall(r"\w+", dictionary.meaning("lots", column, "en"))
        assert set(line[column.name][0]) <= set(named), column.name


def test_the_data_package_describes_the_files_as_they_are(tmp_path: Path) -> None:
    data = put(tmp_path)
    about = json.loads((data / "datapackage.json").read_text(encoding="utf-8"))
    for resource in about["resources"]:
        names = [field["name"] for field in resource["schema"]["fields"]]
        path = resource["path"]
        found = rows(data, path)[0] if path.endswith("csv") else lines(data, path)[0]
        assert list(found) == names
    terms = {field["name"]: field.get("eforms") for field in about["resources"][0]["schema"]["fields"]}
    assert (terms["reserved"], terms["sme_suitable"], terms["duration"]) == ("BT-71", "BT-726", "BT-36")


# What the profile of a Data Package (specs.frictionlessdata.io/schemas/data-package.json) asks of what we write.
NAME = {"type": "string", "pattern": r"^([-a-z0-9._/])+$"}
WEB = {"type": "string", "format": "uri", "pattern": "^https?://"}
TITLE = {"type": "string"}
PROFILE = Draft4Validator(
    {
        "type": "object",
        "required": ["resources"],
        "properties": {
            "name": NAME,
            "homepage": WEB,
            "created": {"type": "string", "format": "date-time"},
            "licenses": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "anyOf": [{"required": ["name"]}, {"required": ["path"]}],
                    "properties": {
                        "name": {"type": "string", "pattern": r"^([-a-zA-Z0-9._])+$"}, "path": WEB, "title": TITLE
                    },
                },
            },
            "sources": {
                "type": "array",
                "items": {"required": ["title"], "properties": {"title": TITLE, "path": WEB}},
            },
            "contributors": {
                "type": "array",
                "items": {
                    "required": ["title"],
                    "properties": {"role": {"enum": ["publisher", "author", "maintainer", "wrangler", "contributor"]}},
                },
            },
            "resources": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "required": ["name", "path"],
                    "properties": {
                        "name": NAME,
                        "path": {"type": "string", "pattern": r"^(?=^[^./~])(^((?!\.{2}).)*$).*$"},
                        "mediatype": {"type": "string", "pattern": "^(.+)/(.+)$"},
                    },
                },
            },
        },
    },
    format_checker=FORMATS,
)  # fmt: skip


def test_the_data_package_and_that_of_a_snapshot_are_valid_by_the_profile(tmp_path: Path) -> None:
    data = put(tmp_path)
    for folder in (data, data / "2026-11"):
        about = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
        check(PROFILE, about)
        spoilt = about | {"licenses": [{"name": "CC BY 4.0"}]}
        assert not PROFILE.is_valid(spoilt)
    assert about["created"] == NOW.isoformat()


@pytest.mark.parametrize("about", [ABOUT, OpenData()])
def test_no_licence_is_said_to_hold_for_everything(tmp_path: Path, about: OpenData) -> None:
    data = put(tmp_path, [lot_view(of_notice=notice(source="town"))], about=about)
    assert "license" not in package(data)
    described = json.loads((data / "datapackage.json").read_text(encoding="utf-8"))
    assert [(one["title"], one["path"]) for one in described["licenses"]] == [
        (words("en")("opendata.licence_each"), f"{TOWN.base_url}/en/data.html#licens")
    ]
    assert all(one.keys() == {"title"} for one in described["sources"])
    for page in ("data.html", "en/data.html"):
        soup = BeautifulSoup((tmp_path / page).read_bytes(), "lxml")
        told = json.loads(soup.select_one('script[type="application/ld+json"]').string or "")  # type: ignore[union-attr]
        assert told["license"] == f"{TOWN.base_url}/{page}#licens"
        assert soup.find(id="licens")


def test_a_column_of_agreements_is_described_by_what_it_is_there() -> None:
    told = {entry.name: entry.meaning for entry in dictionary.entries("agreements", "en")}
    assert told["title"] == "The area that the agreement covers"
    assert told["value"] == "The agreement's value as the award gives it"


def test_the_page_says_that_the_reports_tables_are_parted_otherwise(tmp_path: Path) -> None:
    put(tmp_path)
    text = (tmp_path / "data.html").read_text(encoding="utf-8")
    assert "Tabellerne i effektrapporten har derimod semikolon" in text
    assert "kildens kode, til programmer" in text  # beside the example LOT-0001


@pytest.mark.parametrize(("page", "language"), [("data.html", "da"), ("en/data.html", "en")])
def test_the_page_lists_every_column_and_every_file(tmp_path: Path, page: str, language: str) -> None:
    put(tmp_path)
    soup = BeautifulSoup((tmp_path / page).read_bytes(), "lxml")
    listed = [code.get_text() for code in soup.select("table.dictionary tbody th code")]
    assert listed == [column.name for columns in dictionary.COLUMNS.values() for column in columns]
    links = {str(link["href"]).removeprefix("../") for link in soup.select("main a")}
    files = {f"data/{path}" for path in contents(tmp_path / "data")}
    unlinked = {path for path in files - links if "extension" not in path and not path.endswith("/datapackage.json")}
    assert unlinked == set()
    data = json.loads(soup.select_one('script[type="application/ld+json"]').string or "")  # type: ignore[union-attr]
    assert data["@type"] == "Dataset"
    assert soup.select_one("details:not([open]) > summary + table.dictionary")
    assert {one["contentUrl"].removeprefix(f"{TOWN.base_url}/") for one in data["distribution"]} <= files
    assert soup.find("html", lang=language)


def test_a_town_without_licence_and_prefix_is_told_so(tmp_path: Path) -> None:
    publish(Handed([lot_view()]), (), (), TOWN, tmp_path, NOW, sources=SOURCES)
    text = (tmp_path / "data.html").read_text(encoding="utf-8")
    assert words("da")("opendata.licence_none", contact=TOWN.contact) in text
    assert "ocds-unregistered" in text
    told = package(tmp_path / "data")
    assert "license" not in told
    check(PACKAGE, told)
