"""A planned tender, looked at before it is published. Nothing is kept: no row, no file, no line in a log.

What is sent is held in memory while it is judged, and goes back in the answer, which no cache may keep.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import IO

import flask

from notifier.amounts import write_money
from notifier.desk.application import in_bar
from notifier.desk.grounds import answer
from notifier.desk.naming import verdict_name
from notifier.desk.pages import language, page
from notifier.drafting import LONGEST, MOST_MONTHS, Review, draft_lot, parted, read_code, read_value, review
from notifier.lots import LotState, LotView
from notifier.phrases import demand_names, quoted
from notifier.site.reader import Reader, reader
from notifier.store.accounts import Role
from notifier.suitability import Rules
from notifier.text import clean, clean_line, damaged, visible
from notifier.web.requests import Request
from notifier.web.service import Service


class _InMemory(Request):
    """A request whose uploads stay in memory: they are at most as large as a form may be."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        del total_content_length, content_type, filename, content_length
        return io.BytesIO()


def add_routes(app: flask.Flask, service: Service) -> None:
    """The page: empty, or with what is said of the draft that was sent."""
    app.request_class = _InMemory
    app.add_url_rule("/udkast", "drafts", lambda: _shown(service), methods=["GET", "POST"])
    app.config["ROLES"]["drafts"] = Role.OFFICER
    in_bar(app, "drafts")


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as it was sent, a file that came with it put in its place."""

    title: str = ""
    text: str = ""
    value: str = ""
    months: str = ""
    cpv: str = ""


@dataclass(frozen=True, slots=True)
class Concerned:
    """A demand that shuts out or is out of proportion."""

    heading: str
    concern: str
    quote: str


def _shown(service: Service) -> flask.Response:
    one = reader(language(), service.rules.trades)
    sent = flask.request.method == "POST"
    typed, problems = _read() if sent else (Typed(), {})
    seen = _review(typed, service.rules) if sent and not problems else None
    made = page(
        service.config,
        "draft",
        422 if problems else 200,
        typed=typed,
        problems=problems,
        longest=LONGEST,
        machine=answer(_view(seen), seen.found, one, service.rules) if seen else None,
        obstacles=_obstacles(seen, one) if seen else (),
        division=_division(seen, one) if seen else "",
    )
    made.headers["Cache-Control"] = "no-store"
    return made


# -- read ------------------------------------------------------------------------------------------------------------


def _read() -> tuple[Typed, Mapping[str, str]]:
    """What was sent, and what is wrong with it: the field, and the key of the text that tells it."""
    form, upload = flask.request.form, flask.request.files.get("file")
    typed = Typed(*(form.get(name, "") for name in Typed.__dataclass_fields__))
    if upload is not None and upload.filename:
        try:
            whole = upload.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            return typed, {"file": "no_text"}
        if "\0" in whole:
            return typed, {"file": "no_text"}
        typed = replace(typed, title="", text=whole)
    if len(typed.text) > LONGEST:
        return replace(typed, text=""), {"text": "too_long"}
    typed = _parted(typed)
    return typed, _problems(typed)


def _parted(typed: Typed) -> Typed:
    """Cleaned; without a title of its own, the text's first line is the title."""
    title, text = clean_line(typed.title), clean(typed.text, LONGEST)
    if not title:
        title, text = parted(text)
    return replace(typed, title=title, text=text)


def _problems(typed: Typed) -> Mapping[str, str]:
    wrong: dict[str, str] = {}
    if not typed.title:
        wrong["title"] = "empty"
    if damaged(f"{typed.title}{typed.text}"):
        wrong["text"] = "damaged"
    if typed.value.strip() and read_value(typed.value) is None:
        wrong["value"] = "no_amount"
    if typed.months.strip() and not _months(typed.months):
        wrong["months"] = "no_months"
    if typed.cpv.strip() and not read_code(typed.cpv):
        wrong["cpv"] = "no_code"
    return wrong


def _months(said: str) -> int:
    said = said.strip()
    number = int(said) if said.isascii() and said.isdigit() and len(said) < 5 else 0
    return number if number <= MOST_MONTHS else 0


# -- seen ------------------------------------------------------------------------------------------------------------


def _review(typed: Typed, rules: Rules) -> Review:
    value = read_value(typed.value) if typed.value.strip() else None
    months = _months(typed.months)
    code, length = read_code(typed.cpv), f"P{months}M" if months else ""
    return review(*draft_lot(typed.title, typed.text, cpv=code, value=value, duration=length), rules)


def _view(seen: Review) -> LotView:
    """The draft as the lot's page shows a lot. Nobody has seen it, so its days are those of no time."""
    never = dt.datetime.min.replace(tzinfo=dt.UTC)
    return LotView("", "", seen.lot, seen.notice, LotState.PLANNED, seen.found, never, never)


def _obstacles(seen: Review, one: Reader) -> tuple[Concerned, ...]:
    w, language_ = one.w, one.language
    return tuple(
        Concerned(
            demand_names([obstacle.demand], language_),
            w(
                f"explain.draft_{obstacle.concern.value}",
                amount=write_money(obstacle.demand.amount, language_) if obstacle.demand.amount else "",
            ),
            visible(obstacle.demand.quote),
        )
        for obstacle in seen.obstacles
    )


def _division(seen: Review, one: Reader) -> str:
    if (parts := seen.division) is None:
        return ""
    each, verdict = write_money(parts.value_per_year, one.language), verdict_name(parts.verdict, one.w)
    return one.w("explain.draft_division", lots=parts.lots, each=each, verdict=quoted(verdict, one.language))
