"""What an eForms rendering says of one lot, field by field. What is there and cannot be read becomes a flag."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from notifier import text
from notifier.lots import Criterion, Deadline, Money
from spiders.parsers import rendering, values, words
from spiders.parsers import rendering_labels as labels
from spiders.parsers import rendering_values as printed
from spiders.parsers.rendering import Group
from spiders.parsers.values import Doubts


class Fields:
    """The texts of one lot into values. What is there and cannot be read becomes a flag."""

    def __init__(self, group: Group, doubts: Doubts) -> None:
        self.values, self.doubts = group.values, doubts

    def all(self, name: str) -> str:
        """Every text of a field, one a line."""
        return "\n".join(self.values.get(name, ()))

    def one(self, name: str, term: str) -> str:
        """The one text of a field. Where several differ none is taken, and that is told."""
        found = list(dict.fromkeys(self.values.get(name, ())))
        if len(found) > 1:
            self.doubts.about(term, f"stands there in {len(found)} versions", " | ".join(found))
            return ""
        return found[0] if found else ""

    def money(self, name: str, term: str) -> Money | None:
        """An amount without VAT."""
        return printed.money(self.one(name, term), term, self.doubts)

    def nature(self) -> str:
        """BT-23."""
        raw = self.one("nature", "the main nature (BT-23)")
        found = words.nature(raw)
        if raw and not found:
            self.doubts.about("the main nature (BT-23)", "cannot be read", raw)
        return found

    def duration(self) -> str:
        """BT-36, "24 Måned" or "24 måneder". Unlimited or in other words (BT-538) is no length."""
        raw = self.one("length", "the duration (BT-36)")
        found = printed.length(raw)
        if raw and not found and not words.blank(raw):
            self.doubts.about("the duration (BT-36)", "is no length of time", raw)
        return found

    def day(self, name: str, term: str) -> dt.date | None:
        """A calendar day."""
        raw = self.one(name, term)
        found = printed.day(raw)
        if raw and found is None:
            self.doubts.about(term, "is no day of the calendar", raw)
        return found

    def deadline(self, name: str, term: str) -> Deadline | None:
        """A point in time; in Copenhagen's where no offset stands there."""
        raw = self.one(name, term)
        found = printed.deadline(raw) if raw else None
        if raw and found is None:
            self.doubts.about(term, "cannot be read", raw)
        return found

    def reserved(self) -> tuple[str, ...]:
        """BT-71 by the official words of its codes, by the code itself, or by the paragraph."""
        raw = self.all("reserved")
        if not raw:
            return ()
        found = tuple(rendering.all_chosen(raw, labels.RESERVATIONS)) or words.reservation(raw)
        if found is None:
            self.doubts.about("the reserved participation (BT-71)", "is not understood", raw)
        return tuple(code for code in found or () if code != "none")

    def yes_no(self, name: str, term: str) -> str | None:
        """yes, no, or None where nothing is said or nothing is known yet."""
        raw = self.one(name, term)
        found = words.yes_no(raw)
        if raw and found is None and "ikke kend" not in raw.casefold():
            self.doubts.about(term, "is neither yes nor no", raw)
        return None if "ikke kend" in raw.casefold() else found

    def code(self, name: str, term: str, names: Sequence[tuple[str, str]]) -> str:
        """The one code that a field names."""
        raw = self.all(name)
        found = "none" if words.blank(raw) and raw else rendering.chosen(raw, names)
        if raw and not found:
            self.doubts.about(term, "is not understood", raw)
        return found

    def codes(self, name: str, term: str, names: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """The codes that a field names; "none" is none."""
        found: dict[str, None] = {}
        for raw in self.values.get(name, ()):
            known = list(rendering.all_chosen(raw, names))
            if not known:
                self.doubts.about(term, "is not understood", raw)
            found |= dict.fromkeys(known)
        return tuple(code for code in found if code != "none")


def place(group: Group) -> str:
    """Town, place in other words, remarks, each once."""
    parts = [each for name in ("town", "place_other", "place_remark") for each in group.values.get(name, ())]
    return text.clean_line("; ".join(dict.fromkeys(parts)))


def criteria(group: Group) -> tuple[Criterion, ...]:
    found: dict[Criterion, None] = {}
    for item in group.items:
        parts = [*item.get("criterion", ()), *item.get("criterion_name", ()), *item.get("criterion_text", ())]
        if said := text.clean("\n".join(dict.fromkeys(parts))):
            found[Criterion("", said)] = None
    return tuple(found)


def address(group: Group, *names: str) -> str:
    """The first web address of the first field that has one."""
    said = (each.split()[0] for name in names for each in group.values.get(name, ()) if each.split())
    return next((found for each in said if (found := values.address(each))), "")
