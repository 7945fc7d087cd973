"""Values into mails, pages and feeds, through the templates. Nothing scraped leaves here unescaped.

`environment` is the one way to a template: pages and feeds (publish.py) use it as the mail does.
"""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from notifier.clock import write_day, write_deadline
from notifier.config import Town
from notifier.digest import Digest
from notifier.door import Door
from notifier.letter import Letter, compose
from notifier.letter.values import Note
from notifier.phrases import (
    apart,
    change_phrase,
    quoted,
    reservation_notes,
    shorten,
    value_phrase,
    verdict_phrase,
    write_days_left,
    write_nuts,
    write_place,
    write_value,
)
from notifier.resources import resource
from notifier.words import grouped, words

Kind = Literal["html", "xml", "text"]
_MARKUP = ("html.j2", "xml.j2", "html", "xml")


@functools.cache
def environment(kind: Kind, language: str = "da") -> Environment:
    """The templates of `templates/`, for readers of one language (da or en), with the filters of `_filters`.

    Markup is escaped unless both say that there is none: the kind is "text" and the file's name ends in neither
    .html.j2 nor .xml.j2. A value that a template names and nobody gave is an error, never an empty place. Texts are
    `w("section.key", …)`, the reader's language is `language`.
    """
    made = Environment(
        loader=FileSystemLoader(resource("templates")),
        autoescape=select_autoescape(_MARKUP, default=kind != "text", default_for_string=kind != "text"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    made.globals.update(w=words(language), language=language)
    made.filters.update(_filters(language))
    return made


def _filters(language: str) -> dict[str, Callable[..., object]]:
    """What a template can write a value with, in the environment's language.

    Of a day: day(weekday, year); of a Deadline: deadline(weekday, year), days_left(now); of Money: money; of a
    LotView: value (per year); of a Lot: place, verdict(assessment), reservation_notes; of a NUTS code: nuts; of a
    FieldChange: change; of a language: lang (the attribute, where it is not the reader's); of texts: shorten(limit),
    apart(said), quoted, wrap (plain text only); of whole numbers: number.
    """
    spoken: dict[str, Callable[..., object]] = {
        "day": write_day,
        "deadline": write_deadline,
        "days_left": write_days_left,
        "money": write_value,
        "value": value_phrase,
        "place": write_place,
        "verdict": verdict_phrase,
        "reservation_notes": reservation_notes,
        "nuts": write_nuts,
        "change": change_phrase,
        "lang": lang_attribute,
        "quoted": quoted,
        "number": grouped,
    }
    filters = {name: functools.partial(write, language=language) for name, write in spoken.items()}
    return {**filters, "shorten": shorten, "apart": apart, "wrap": wrap}


def lang_attribute(code: str, language: str) -> Markup:
    """` lang="en"` for words in another language than the page's, so that a screen reader speaks them right."""
    return Markup(' lang="{}"').format(code) if code and code != language else Markup("")


def wrap(text: str, width: int = 74, indent: str = "", hanging: str | None = None) -> str:
    """Plain text in lines of at most `width` characters; `hanging` starts the second line on where it differs."""
    line = " ".join(text.split())
    later = indent if hanging is None else hanging
    # Asking textwrap takes half the time of a mail, so it is asked only where a word has to be broken.
    pieces = line.split(" ")
    if max(map(len, pieces)) + max(len(indent), len(later)) > width:
        return textwrap.fill(line, width, initial_indent=indent, subsequent_indent=later, break_on_hyphens=False)
    lines = [indent + pieces[0]]
    for word in pieces[1:]:
        if len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(later + word)
    return "\n".join(lines)


# -- the mail --------------------------------------------------------------------------------------------------------

_NO_DOOR = Door()
_MAX_SUBJECT = 120  # characters: what a mail program shows of a subject on a wide screen
MAX_HTML = 100_000  # bytes: Gmail cuts a mail off at 102 kB


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """A mail that is ready to be sent. The subject is one line; text and HTML say the same."""

    subject: str
    text: str
    html: str


def render_mail(digest: Digest, town: Town, door: Door = _NO_DOOR) -> RenderedMail:
    """The digest as a mail in the subscriber's language.

    The HTML stays below 100 kB (`MAX_HTML`): where the entries are too long for that, fewer are shown in each
    section and the rest is counted, in both bodies alike.
    """
    shown = max(digest.cap, digest.subscriber.profile.most)
    mail = _render(compose(digest, town, shown, door))
    while len(mail.html.encode("utf-8", "replace")) > MAX_HTML and shown > 1:
        shown //= 2
        mail = _render(compose(digest, town, shown, door))
    return mail


def render_note(note: Note) -> RenderedMail:
    """A short mail."""
    text, html = environment("text", note.language), environment("html", note.language)
    return RenderedMail(
        subject=shorten(note.subject, _MAX_SUBJECT),
        text=text.get_template("mail/note.txt.j2").render(note=note).strip() + "\n",
        html=html.get_template("mail/note.html.j2").render(note=note).strip() + "\n",
    )


def _render(letter: Letter) -> RenderedMail:
    text, html = environment("text", letter.language), environment("html", letter.language)
    return RenderedMail(
        subject=shorten(text.get_template("mail/digest.subject.j2").render(letter=letter), _MAX_SUBJECT),
        text=text.get_template("mail/digest.txt.j2").render(letter=letter).strip() + "\n",
        html=html.get_template("mail/digest.html.j2").render(letter=letter).strip() + "\n",
    )
