"""A table of enterprises becomes letters that ask, and nothing else: who says yes gets mail, and nobody else does."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import re
import shutil
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote

import pytest

from notifier import config
from notifier.cli import main
from notifier.cli.table import COLUMNS, read_table
from notifier.clock import COPENHAGEN
from notifier.errors import UsageError
from notifier.lots import Money
from notifier.profiles import Cadence, Profile, SubscriberStatus
from notifier.resources import resource
from notifier.store import Store
from notifier.suitability import load_rules
from notifier.web import make_application
from tests.notifier import examples

NOW = "2026-11-23T07:00"
LATER = "2026-11-24T07:00"
TRADES = ("cleaning", "catering")
DOOR = "https://svar.udbud.example"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A town with one open lot of cleaning, published, and no web pages of its own that answer."""
    target = tmp_path / "config"
    shutil.copytree(resource("config"), target)
    database = tmp_path / "var" / "notifier.db"
    database.parent.mkdir()
    with Store.open(database, create=True, marker=target / ".database") as store:
        store.notices.hold(examples.notice(lots=(examples.lot(),)), examples.NOW)
    for step in ("assess", "publish"):
        assert run(target, step) == 0
    return target


def run(folder: Path, *words: str, now: str = NOW) -> int:
    return main(["--config", str(folder), "--now", now, *words])


def with_door(folder: Path) -> None:
    file = folder / "notifier.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(f'{text}\n[web]\naddress = "{DOOR}"\n', encoding="utf-8")


def table(folder: Path, text: str, *, encoding: str = "utf-8") -> Path:
    file = folder.parent / "people.csv"
    file.write_bytes(text.encode(encoding))
    return file


def opened(folder: Path) -> Store:
    return Store.open(config.load(folder, environment={}).database)


def statuses(folder: Path) -> dict[str, SubscriberStatus]:
    with opened(folder) as store:
        return {one.address: one.status for one in store.subscribers.all()}


def mails(folder: Path) -> list[EmailMessage]:
    """Every mail that was delivered, by whom it goes to."""
    found = []
    for file in (folder.parent / "var" / "outbox" / "new").glob("*"):
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        found.append(message)
    return sorted(found, key=lambda message: (to(message), str(message["Date"])))


def to(message: EmailMessage) -> str:
    """The one address that a mail goes to."""
    (address,) = message["To"].addresses
    return str(address.addr_spec)


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    content: str = part.get_content()
    return content


# -- the table ---------------------------------------------------------------------------------------------------------

ROWS = """address;name;trades;areas;max_value;words;cadence;language
post@rengoerholdet.example;Rengørholdet ApS;cleaning,catering;Hvidovre, DK01;500.000;vinduer;daily;
hej@kantine.example;"Køkkenet; mad & mere";;;1,5 mio.;;;en
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_table_is_read_as_spreadsheets_write_it(tmp_path: Path, encoding: str, line_end: str) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(ROWS.replace("\n", line_end).encode(encoding))
    first, second = read_table(file, TRADES)
    assert (first.address, first.name) == ("post@rengoerholdet.example", "Rengørholdet ApS")
    assert (first.language, first.cadence) == ("da", Cadence.DAILY)
    assert first.profile == Profile(
        trades=TRADES, areas=("0167", "DK01"), words=("vinduer",), value_max=Money(Decimal(500_000))
    )
    assert (second.name, second.language, second.cadence) == ("Køkkenet; mad & mere", "en", Cadence.WEEKLY)
    assert second.profile == Profile(value_max=Money(Decimal(1_500_000)))


def test_commas_may_separate_the_columns_and_their_order_is_free(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text('Trades, ADDRESS ,name\n"cleaning, catering",a@by.example,"Ø, A/S"\n', encoding="utf-8")
    (wish,) = read_table(file, TRADES)
    assert (wish.address, wish.name, wish.profile.trades) == ("a@by.example", "Ø, A/S", TRADES)


def test_every_column_that_is_promised_is_read(tmp_path: Path) -> None:
    values = {
        "address": "a@by.example",
        "name": "Holdet",
        "trades": "cleaning",
        "areas": "Hvidovre",
        "max_value": "2 mio.",
        "min_value": "10.000",
        "words": "vinduer",
        "words_out": "asfalt",
        "cpv": "9091",
        "cadence": "instant",
        "hour": "9",
        "language": "en",
    }
    assert tuple(values) == COLUMNS
    file = tmp_path / "people.csv"
    file.write_text(";".join(values) + "\n" + ";".join(values.values()) + "\n", encoding="utf-8")
    (wish,) = read_table(file, TRADES)
    assert (wish.name, wish.language, wish.cadence) == ("Holdet", "en", Cadence.INSTANT)
    assert wish.profile == Profile(
        trades=("cleaning",),
        areas=("0167",),
        value_max=Money(Decimal(2_000_000)),
        value_min=Money(Decimal(10_000)),
        words=("vinduer",),
        words_out=("asfalt",),
        cpv_prefixes=("9091",),
        hour=9,
    )


def test_empty_rows_and_columns_are_passed_over_and_an_address_counts_once(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("address;name;;\na@by.example;Først;;\n;;;\n\nA@By.example;Igen;;\n", encoding="utf-8")
    assert [wish.name for wish in read_table(file, TRADES)] == ["Først"]


@pytest.mark.parametrize(("text", "said"), [
    ("", "no column is called 'address'"),
    ("a@by.example;Holdet\nb@by.example;Andre\n", "no column is called 'address'"),
    ("address;telefon\na@by.example;12\n", "there is no column 'telefon'"),
    ("address;c@by.example\n", "there is no column '…@…'"),
    ("address;name;name\n", "two columns are called 'name'"),
])  # fmt: skip
def test_a_heading_that_is_missing_or_wrong_is_named_and_no_address_is(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "people.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_table(file, TRADES)
    assert (caught.value.what, caught.value.where) == (said, f"{file}:1")
    assert "by.example" not in str(caught.value) + caught.value.remedy


@pytest.mark.parametrize(("row", "said"), [
    ("nobody;;", "Write one email address, such as contact@enterprise.dk."),
    (";cleaning;", "Write one email address, such as contact@enterprise.dk."),
    ("b@by.example;rocketry;", "We do not know the trade “rocketry”."),
    ("b@by.example;c@by.example;", "We do not know the trade “…@…”."),
    ("b@by.example;;Atlantis", "“Atlantis” is not a municipality that we know. Write, say, Hvidovre."),
    ("b@by.example;;;catering", "It has more cells than there are columns; put quotation marks around a cell with the"
     " separator."),
])  # fmt: skip
def test_a_row_that_is_wrong_is_named_by_its_line_and_not_by_its_address(tmp_path: Path, row: str, said: str) -> None:
    file = tmp_path / "people.csv"
    file.write_text(f"address;trades;areas\na@by.example;;\n{row}\n", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_table(file, TRADES)
    assert caught.value.what == f"nobody was asked. line 3: {said}"
    assert caught.value.remedy.endswith("trades are called cleaning, catering")
    assert "by.example" not in str(caught.value)


def test_a_quotation_mark_that_is_not_closed_swallows_no_rows(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text('address;name\na@by.example;"Holdet\nb@by.example;Andre\nc@by.example;Tredje\n', encoding="utf-8")
    with pytest.raises(UsageError, match=r"line 2: this cannot be read as CSV"):
        read_table(file, TRADES)


@pytest.mark.parametrize("body", [b"address;name\ra@by.example;Holdet\r", b"address\n\x00\n", b"\xff\xfe\x00", b"\n\n"])
def test_what_is_no_such_table_is_told_and_never_breaks(tmp_path: Path, body: bytes) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(body)
    try:
        wishes = read_table(file, TRADES)
    except UsageError:
        return
    assert [wish.address for wish in wishes] == ["a@by.example"]


def test_the_first_ten_mistakes_are_told_and_the_rest_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("address\n" + "nobody\n" * 12, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_table(file, TRADES)
    assert caught.value.what.count("Write one email address") == 10
    assert caught.value.what.endswith("; and 2 more")


# -- the command -------------------------------------------------------------------------------------------------------


def test_one_wrong_row_and_nobody_is_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = table(folder, "address;cadence\na@by.example;daily\nb@by.example;hourly\n")
    assert run(folder, "subscribers", "import", str(file)) == 2
    said = capsys.readouterr().err
    assert "line 3: “hourly” is not one of the choices." in said
    assert "by.example" not in said
    assert statuses(folder) == {}


def test_nobody_is_confirmed_by_an_import_and_no_digest_goes_out_before_they_say_yes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = table(folder, "address;trades;cadence\na@by.example;cleaning;daily\nb@by.example;cleaning;daily\n")
    assert run(folder, "subscribers", "import", str(file)) == 0
    said = capsys.readouterr().out
    assert said == "2 asked for confirmation; the letters leave with 'notifier deliver'\n"
    assert set(statuses(folder).values()) == {SubscriberStatus.PENDING}
    for day in (NOW, LATER):
        for step in ("digest", "deliver"):
            assert run(folder, step, now=day) == 0
    assert [(to(one), str(one["Subject"])) for one in mails(folder)] == [
        ("a@by.example", "Vil I have opgaver fra Københavns Kommune på mail?"),
        ("b@by.example", "Vil I have opgaver fra Københavns Kommune på mail?"),
    ]
    assert set(statuses(folder).values()) == {SubscriberStatus.PENDING}


def test_whoever_is_subscribed_or_was_asked_is_not_asked_again_and_keeps_what_they_have(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "subscribers", "add", "a@by.example", "--trade", "cleaning") == 0
    file = table(folder, "address;trades\nA@by.example;catering\nb@by.example;cleaning\nB@by.example;catering\n")
    capsys.readouterr()
    assert run(folder, "subscribers", "import", str(file)) == 0
    assert capsys.readouterr().out == (
        "1 asked for confirmation; not asked, for they are subscribed, were asked before or have left: 1; "
        "the letters leave with 'notifier deliver'\n"
    )
    assert run(folder, "subscribers", "import", str(file), now="2026-11-23T12:00") == 0
    assert capsys.readouterr().out.startswith("0 asked for confirmation; not asked, for they are subscribed")
    with opened(folder) as store:
        assert [(one.address, one.status, one.profile.trades) for one in store.subscribers.all()] == [
            ("a@by.example", SubscriberStatus.CONFIRMED, ("cleaning",)),
            ("b@by.example", SubscriberStatus.PENDING, ("cleaning",)),
        ]
    assert run(folder, "deliver") == 0
    assert [to(one) for one in mails(folder)] == ["b@by.example"]


@pytest.mark.parametrize("leave", ["stop", "remove"])
def test_whoever_left_is_not_invited_by_the_offices_list(folder: Path, leave: str) -> None:
    """They said no; who is to come back signs up by themselves."""
    assert run(folder, "subscribers", "add", "a@by.example", "--cadence", "daily") == 0
    assert run(folder, "subscribers", leave, "a@by.example") == 0
    file = table(folder, "address\nA@by.example\nb@by.example\n")
    assert run(folder, "subscribers", "import", str(file), now=LATER) == 0
    for step in ("digest", "deliver"):
        assert run(folder, step, now=LATER) == 0
    assert [to(one) for one in mails(folder)] == ["b@by.example"]


def imported(folder: Path) -> EmailMessage:
    """The letter of the first of two who were imported."""
    file = table(
        folder,
        "address;name;trades;areas;cadence\na@by.example;Holdet;cleaning;København;daily\nb@by.example;;;;daily\n",
    )
    assert run(folder, "subscribers", "import", str(file)) == 0
    assert run(folder, "deliver") == 0
    first, second = mails(folder)
    assert to(second) == "b@by.example"
    return first


def gets_the_digest_alone(folder: Path) -> None:
    """After one of the two said yes."""
    assert statuses(folder) == {"a@by.example": SubscriberStatus.CONFIRMED, "b@by.example": SubscriberStatus.PENDING}
    for step in ("digest", "deliver"):
        assert run(folder, step, now=LATER) == 0
    assert [str(one["Subject"]) for one in mails(folder)] == [
        "Vil I have opgaver fra Københavns Kommune på mail?",
        "Rengøring i Eksempelby Kommune: Rengøring af skoler – frist tirsdag 8. december",
        "Vil I have opgaver fra Københavns Kommune på mail?",
    ]


def test_without_pages_a_mail_that_says_confirm_is_a_yes(folder: Path) -> None:
    letter = imported(folder)
    text = " ".join(text_of(letter).split())
    link = re.search(r"mailto:(\S+)\?subject=(\S+)", text)
    assert link is not None
    subject = unquote(link[2])
    assert link[1] == "udbud@kommune.example"
    assert re.fullmatch(r"confirm [A-Za-z0-9_-]{32}", subject)
    assert f"Åbner den ikke, så send selv en mail til udbud@kommune.example med emnet »{subject}«." in text
    assert "Linket virker i 14 dage." in text
    assert "I følger: rengøring; sted: København." in text
    assert "http" not in text
    assert run(folder, "subscribers", "confirm", subject.removeprefix("confirm "), now=LATER) == 0
    gets_the_digest_alone(folder)


def test_with_pages_the_link_leads_to_one_that_has_a_button(folder: Path) -> None:
    with_door(folder)
    letter = imported(folder)
    text = text_of(letter)
    (path,) = re.findall(rf"^{DOOR}(/ja/[A-Za-z0-9_-]{{32}})$", text, re.MULTILINE)
    assert "mailto:" not in text
    loaded = config.load(folder, environment={})
    later = dt.datetime.fromisoformat(LATER).replace(tzinfo=COPENHAGEN)
    client = make_application(loaded, load_rules(loaded.rules), now=lambda: later).test_client()
    assert client.get(path).status_code == 200
    assert set(statuses(folder).values()) == {SubscriberStatus.PENDING}, "scanners follow links"
    assert client.post(path).status_code == 200
    gets_the_digest_alone(folder)


def test_a_token_of_nobody_confirms_nobody(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    imported(folder)
    assert run(folder, "subscribers", "confirm", "A" * 32) == 2
    assert "this token asks nobody, or is too old" in capsys.readouterr().err
    assert set(statuses(folder).values()) == {SubscriberStatus.PENDING}


def test_the_letter_of_an_import_says_that_the_town_asks_and_that_nothing_comes_without_a_yes(folder: Path) -> None:
    text = " ".join(text_of(imported(folder)).split())
    assert "Vi vil gerne sende jer opgaver, I kan byde på, fra Københavns Kommune og andre" in text
    assert "Siger I ja nedenfor, kommer de til a@by.example." in text
    assert "Vil I ikke have dem, skal I ikke gøre noget: Uden jeres ja sender vi ingen opgaver." in text
