"""The mail in words, as values. Templates lay these out; nothing here is escaped yet."""

from __future__ import annotations

from dataclasses import dataclass, replace

from notifier.phrases import Foreign, without_people


@dataclass(frozen=True, slots=True)
class Value:
    """Words on one line. `quote` are the source's own, in `language` where that is not the reader's."""

    before: str = ""
    quote: str = ""
    after: str = ""
    language: str = ""

    def __str__(self) -> str:
        return f"{self.before}{self.quote}{self.after}"


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what belongs to it: one value on the label's line, or several as a list."""

    label: str
    values: tuple[Value, ...]
    weighty: bool = False  # what nobody may overlook: the deadline, what changed
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """Where a page opens, and what it is called."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One lot or agreement. `tone` is its verdict in data, for the colour beside the words; "" where it has none.

    `answers` lead to pages with a button each, where the reader says something of the lot.
    """

    title: Foreign
    mark: str
    tone: str
    notes: tuple[str, ...]
    facts: tuple[Fact, ...]
    url: str
    link: str
    answers: tuple[Link, ...] = ()
    question: str = ""  # above the answers, where it is another than what they say to it

    def without_people(self, language: str) -> Entry:
        """The same without contact persons and mail addresses in the source's words: no page shows them either."""

        def cleaned(value: Value) -> Value:
            before, quote, after = (without_people(said, language) for said in (value.before, value.quote, value.after))
            return Value(before, quote, after, value.language)

        title = replace(self.title, words=without_people(self.title.words, language))
        facts = tuple(replace(fact, values=tuple(map(cleaned, fact.values))) for fact in self.facts)
        return replace(self, title=title, facts=facts)


@dataclass(frozen=True, slots=True)
class Part:
    """A section: its heading, a line of introduction or "", the entries shown, and how many more there are."""

    heading: str
    intro: str
    entries: tuple[Entry, ...]
    more: str
    more_url: str


@dataclass(frozen=True, slots=True)
class Foot:
    """What stands under the tasks: what was read, why this mail, how to change or stop it."""

    read: tuple[str, ...]
    why: tuple[str, ...]
    stop: str
    links: tuple[Link, ...]
    no_tracking: str


@dataclass(frozen=True, slots=True)
class Note:
    """A short mail about something that the subscriber did, with one button at most."""

    language: str
    subject: str
    town: str
    heading: str
    paragraphs: tuple[str, ...]
    button: Link | None = None
    after: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """The whole mail in words."""

    language: str
    subject: str
    town: str
    summary: str
    parts: tuple[Part, ...]
    guiding: str
    foot: Foot
