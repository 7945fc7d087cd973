"""How much of what a source shows was read: kept per run, compared with earlier runs.

A redesign seldom breaks a page altogether. A class is renamed, a field moves, and every notice of the run lacks its
deadline, while the run looks well. So each run keeps in how many of its items each field was read, what stood there
that nobody read, and of each item short hashes of what was read. `alarms` tells what cannot be chance.

The lots of a small list are few, and a week may bring none. Rates over runs therefore prove little, and rules such
as "fewer than usual" cry wolf or sleep. What proves much is that the same lots are read again in every run: an editor
takes a deadline out of one tender, now and then; only a redesign takes it out of all of them overnight. So items are
compared with themselves first, and only what was never seen before is compared with the rates of all earlier items.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields

from notifier.lots import Agreement, Lot, Notice, Organisation, acting_deadline

# A place that is about the page as a whole, not about something on it: one that is new is an alarm by itself.
PAGE_SIGN = "page: "

_WIDTH = 4  # letters of a hash: enough to see that a value is another, too few to tell which
_NOTHING = "-" * _WIDTH

# Chances that healthy runs may have to look like that, per field and run. With a dozen fields and a run a day the
# first comes about once in a decade. The second is for what is supported by something new that nobody read.
_PURE_CHANCE, _SUPPORTED_CHANCE = 1e-5, 1e-3
_WITNESS = 1e-2  # the same, where known items have lost the field as well
_SWALLOWED = 0.1  # the same for items that are gone, where as many others show something that nobody reads
_LOSS, _OF = 2.0, 20.0  # what a list is taken to lose from run to run until its own runs say more: two of twenty
_COMPARED = 5  # earlier comparisons, before what a list usually loses is known at all
_USUAL = 0.9  # the share of items that have a usual field
_STRANGE, _STRANGERS = 0.02, 3e-5  # chances of an item that lacks several of them, and of all those in a run
# Fields in words that a clerk knows; the others go by their names.
_PLAIN = {
    "buyers": "buyer",
    "cpv_main": "CPV code",
    "cpv_additional": "further CPV codes",
    "cpv": "CPV codes",
    "documents_url": "address of the documents",
    "framework_maximum": "maximum of the framework",
    "interest_deadline": "deadline for interest",
    "latest_end": "latest end",
    "lot_id": "lot number",
    "nuts": "area",
    "options": "extensions",
    "participation_deadline": "deadline for participation",
    "procedure_type": "type of procedure",
    "publication_number": "publication number",
    "questions_deadline": "deadline for questions",
    "renewal_text": "terms of renewal",
    "reserved_execution": "reserved performance",
    "submission_url": "address for tenders",
    "url": "address",
}
_FEW = 3  # items: of fewer, all may go or change on one day
_FIXED_WORDS = ("procedure_type", "lot.nature", "lots.nature")
# What editors hardly ever change in an item that is there: of these two at once are enough.
_LASTING = frozenset({"title", "lot.title", "lots.title", "lot.cpv_main", "lots.cpv_main", "supplier"})


@dataclass(frozen=True, slots=True)
class FieldCoverage:
    """What one run read. `fields` counts items with a value per field, `unread` items per place that nobody read.

    `seen` holds of each listed key what was read: the day until which it runs, a hash of its address, and per field
    of `names` a hash of its value, each of four letters or "----"; "" where it was listed and not read; with "=" in
    front where it was taken over from an earlier run because its page had not changed. `odd` holds of keys the places
    in them that no earlier run had told of. `passed_by` are keys that the last run listed and this one does not, though
    the list still links to their pages. `described` is a hash of how the source was described: what was read by
    another description is not compared. `day` is the run's, ISO 8601.
    """

    items: int = 0
    fields: Mapping[str, int] = field(default_factory=dict)
    unread: Mapping[str, int] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    seen: Mapping[str, str] = field(default_factory=dict)
    odd: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    described: str = ""
    day: str = ""
    passed_by: tuple[str, ...] = ()


# -- what an item says -----------------------------------------------------------------------------------------------

_TELLS_NOTHING = {"source", "key", "stage", "lots", "flags"}  # always there, or no value of the source's
_NOTICE_FIELDS = tuple(one.name for one in fields(Notice) if one.name not in _TELLS_NOTHING)
_AGREEMENT_FIELDS = tuple(one.name for one in fields(Agreement) if one.name not in _TELLS_NOTHING)
_LOT_FIELDS = tuple(one.name for one in fields(Lot))


def values_read(item: Notice | Agreement) -> dict[str, str]:
    """The fields of an item that have a value, as texts for comparison.

    Those of lots as "lot.deadline", all in one; where several lots say different things also as "lots.deadline", since
    a page that is divided into lots has places of its own for them.
    """
    if isinstance(item, Agreement):
        return {name: said for name in _AGREEMENT_FIELDS if (said := _said(getattr(item, name)))}
    found = {name: said for name in _NOTICE_FIELDS if (said := _said(getattr(item, name)))}
    for name in _LOT_FIELDS:
        of_lots = [_said(getattr(lot, name)) for lot in item.lots]
        if name == "title":  # a lot without a title of its own is called as the whole is
            of_lots = [said if said != item.title else "" for said in of_lots]
        if any(of_lots):
            found[f"lot.{name}"] = "\n".join(of_lots)
            # Where all say the same they may have it from the page, which is one witness and not several.
            if len(set(of_lots)) > 1:
                found[f"lots.{name}"] = found[f"lot.{name}"]
    return found


def _said(value: object) -> str:
    """A value as text, "" where there is none; False and 0 are values."""
    if isinstance(value, Organisation):
        return value.name
    if isinstance(value, tuple):
        return "\n".join(_said(one) for one in value)
    return "" if value is None else str(value)


def _until(item: Notice | Agreement) -> str:
    """The last day on which it is no surprise that the item is listed, "" where unknown."""
    if isinstance(item, Agreement):
        last = item.latest_end or item.end
        return last.isoformat() if last else ""
    days = [deadline.at.date().isoformat() for lot in item.lots if (deadline := acting_deadline(lot))]
    return max(days, default="")


def _hash(said: str) -> str:
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:_WIDTH]


# -- counting --------------------------------------------------------------------------------------------------------


class Tally:
    """The coverage of a run while it lasts.

    `before` are the coverages of earlier good runs, newest first. With `remember` each item's hashes are kept too.
    """

    def __init__(self, before: Sequence[FieldCoverage] = (), *, remember: bool = True) -> None:
        self._before, self._remember = before, remember
        self._fields: Counter[str] = Counter()
        self._unread: Counter[str] = Counter()
        self._seen: dict[str, Mapping[str, str] | str] = {}
        self._places: dict[str, set[str]] = {}
        self._linked: set[str] = set()
        self.items = 0

    def listed(self, keys: Iterable[str]) -> None:
        """Keys that the source lists, whether they can be read or not."""
        if self._remember:
            for key in keys:
                self._seen.setdefault(key, "")

    def read(self, item: Notice | Agreement) -> None:
        """An item that was read."""
        values = values_read(item)
        self._fields.update(values.keys())
        self.items += 1
        if self._remember:
            self._seen[item.key] = {"": f"{_until(item)}|{_hash(item.url)}|"} | {
                name: _hash(said) for name, said in values.items()
            }

    def unread(self, places: Iterable[str], key: str = "") -> None:
        """Of one item, or of a page as a whole: the places that nobody read."""
        found = set(places)
        self._unread.update(found)
        if key and self._remember:
            self._places.setdefault(key, set()).update(found)

    def linked(self, addresses: Iterable[str]) -> None:
        """Where links of a list page lead that are no item's own."""
        self._linked.update(map(_hash, addresses))

    def unchanged(self, key: str) -> None:
        """An item whose page is as it was: what is known of it is known further on."""
        known = next((one for past in self._before if (one := _unpacked(past, key))), None)
        if self._remember:
            self._seen[key] = {"": "=" + known.head} | dict(known.values) if known else ""

    def coverage(self, *, described: str = "", day: str = "") -> FieldCoverage:
        """What was counted so far."""
        names = tuple(sorted({name for one in self._seen.values() if not isinstance(one, str) for name in one} - {""}))
        seen = {
            key: one if isinstance(one, str) else one[""] + "".join(one.get(name, _NOTHING) for name in names)
            for key, one in self._seen.items()
        }
        known = {place for past in self._before if past.described == described for place in past.unread}
        odd = {key: tuple(sorted(new)) for key, places in self._places.items() if (new := places - known)}
        counts = dict(self._fields), dict(self._unread)
        return FieldCoverage(
            self.items, *counts, names, seen, odd if known else {}, described, day, tuple(self._passed_by())
        )

    def _passed_by(self) -> Iterator[str]:
        for key in self._before[0].seen if self._before and self._linked else ():
            known = _unpacked(self._before[0], key) if key not in self._seen else None
            if known is not None and known.url in self._linked:
                yield key


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is kept of one item."""

    values: Mapping[str, str]  # per field that had a value, its hash
    until: str
    url: str
    head: str
    taken_over: bool


def _unpacked(coverage: FieldCoverage, key: str) -> _Seen | None:
    packed = coverage.seen.get(key, "")
    if packed.count("|") < 2:
        return None
    until, url, hashes = packed.removeprefix("=").split("|", 2)
    found = (hashes[at : at + _WIDTH] for at in range(0, len(hashes), _WIDTH))
    values = {name: one for name, one in zip(coverage.names, found, strict=False) if one != _NOTHING}
    return _Seen(values, until, url, f"{until}|{url}|", packed.startswith("="))


# -- comparing -------------------------------------------------------------------------------------------------------


def comparable(now: FieldCoverage, before: Sequence[FieldCoverage]) -> tuple[FieldCoverage, ...]:
    """The earlier runs that read the source by the same description."""
    return tuple(past for past in before if past.described == now.described)


def field_name(name: str) -> str:
    """The name of a field, without where it stands: "deadline" for "lots.deadline"."""
    return name.removeprefix("lots.").removeprefix("lot.")


def plain_name(name: str) -> str:
    """A field as a clerk calls it, in English: "deadline" for "lots.deadline", "CPV code" for "lot.cpv_main"."""
    bare = field_name(name)
    return _PLAIN.get(bare, bare.replace("_", " "))


def alarms(now: FieldCoverage, before: Sequence[FieldCoverage], *, whole: bool = True) -> tuple[str, ...]:
    """What in this run cannot be chance, as one message, or nothing.

    One wrong selector shows in several ways at once, and has one remedy. For `before` and `whole` see `findings`.
    """
    found = findings(now, before, whole=whole)
    return ("; ".join(found),) if found else ()


def findings(now: FieldCoverage, before: Sequence[FieldCoverage], *, whole: bool = True) -> tuple[str, ...]:
    """What in this run cannot be chance, a sentence for each kind. Without an earlier run hardly anything can be told.

    `before` are good runs, newest first. `whole`: the list was read to its end, so what is missing in it vanished.
    """
    past = comparable(now, before)
    if not past:
        return tuple(_of_one_title(now))
    view = _View(now, past)
    rules = (
        _signs,
        _lost,
        _gained,
        _never_there,
        _strangers,
        _changed,
        _reworded,
        _swapped,
        _renamed,
        *((_vanished, _passed_by) if whole else ()),
    )
    # "lot.place" and "lots.place" make the same sentence.
    return tuple(dict.fromkeys((*_of_one_title(now), *(what for rule in rules for what in rule(view)))))


def _of_one_title(now: FieldCoverage) -> Iterator[str]:
    """Tenders that are all called the same: that of a login or of a notice of maintenance, on the page of each."""
    read = [one.values for key in now.seen if (one := _unpacked(now, key)) is not None and not one.taken_over]
    tenders = [values for values in read if "lot.lot_id" in values]
    titles = {values.get("title") for values in tenders}
    if len(tenders) >= _FEW and len(titles) == 1:
        yield f"all {len(tenders)} items have the same title"


def news(now: FieldCoverage, before: Sequence[FieldCoverage]) -> tuple[str, ...]:
    """Places that nobody read and that no earlier run told of, the most frequent first."""
    known = {place for past in comparable(now, before) for place in past.unread}
    fresh = [place for place in now.unread if place not in known]
    return tuple(sorted(fresh, key=lambda place: (-now.unread[place], place)))


class _View:
    """A run beside those before it, its items beside themselves."""

    def __init__(self, now: FieldCoverage, past: Sequence[FieldCoverage]) -> None:
        self.now, self.past = now, past
        self.memory: dict[str, _Seen] = {}
        for run in past:
            for key in run.seen.keys() - self.memory.keys():
                if (one := _unpacked(run, key)) is not None:
                    self.memory[key] = one
        self.read = {key: one for key in now.seen if (one := _unpacked(now, key)) is not None and not one.taken_over}
        self.last = {key: self.memory[key] for key in past[0].seen if key in self.memory}
        addresses = Counter(one.url for one in self.memory.values())
        by_url = {one.url: key for key, one in self.last.items() if addresses[one.url] == 1 and key not in now.seen}
        self.origin = {
            key: key if key in self.memory else by_url[one.url]
            for key, one in self.read.items()
            if key in self.memory or one.url in by_url
        }
        self.known = [(self.memory[origin], self.read[key]) for key, origin in self.origin.items()]
        self.with_odd = [
            (self.memory[origin], self.read[key]) for key, origin in self.origin.items() if now.odd.get(key)
        ]
        self.fresh = [one for key, one in self.read.items() if key not in self.origin]
        # How many items show something that nobody reads and that no earlier run showed.
        self.risen = max((now.unread[place] for place in news(now, past) if not place.startswith(PAGE_SIGN)), default=0)

    def names(self) -> list[str]:
        """The fields that were ever read."""
        return sorted({name for one in self.memory.values() for name in one.values})


def _signs(view: _View) -> Iterator[str]:
    for place in news(view.now, view.past):
        if place.startswith(PAGE_SIGN):
            yield f"the page is not as it was: {place.removeprefix(PAGE_SIGN)}"


def _named(found: Iterable[tuple[str, str]], what: str) -> Iterator[str]:
    """One sentence of all fields that the same happened to: `found` are names with how often.

    A notice's value and its lots' are one thing to a reader, and told once.
    """
    told: dict[str, str] = {}
    for name, often in found:
        told.setdefault(plain_name(name), often)
    if told:
        yield f"{what}: {', '.join(f'{name} ({often})' for name, often in told.items())}"


def _lost(view: _View) -> Iterator[str]:
    """Fields that known items had and have no longer."""
    yield from _named(_losses(view), "missing now, though read before")


def _losses(view: _View) -> Iterator[tuple[str, str]]:
    for name in view.names():
        had = [now.values for before, now in view.known if name in before.values]
        lost = sum(name not in now for now in had)
        if not lost:
            continue
        everyone = lost == len(had)
        found = (
            lost >= max(2, len(had) / 2)
            or (everyone and view.risen)
            # Where the few known items and all the new ones lack it together, the new ones bear witness.
            or (everyone and _chance(view, name) < _WITNESS)
            # In one item, too, where something new that nobody reads came in its place.
            or any(name in before.values and name not in now.values for before, now in view.with_odd)
            or (name.startswith("lots.") and _lost_in_every_lot(name, had))
        )
        if found:
            yield name, f"in {lost} of {len(had)} items"


def _lost_in_every_lot(name: str, had: Sequence[Mapping[str, str]]) -> bool:
    """Whether an item that still has several lots has it in none of them: those are several witnesses in one item."""
    return any("lots.lot_id" in now and name.replace("lots.", "lot.", 1) not in now for now in had)


def _gained(view: _View) -> Iterator[str]:
    """Fields that most known items have now, and that none of them had: something else stands where they are read.

    Items whose pages are as they were count among the known: a note on three tenders of twenty is no redesign.
    """
    yield from _named(_gains(view), "read now, though never before")


def _gains(view: _View) -> Iterator[tuple[str, str]]:
    known = sum(key in view.memory for key in view.now.seen)
    for name in sorted({name for _, now in view.known for name in now.values}):
        gained = sum(name in now.values for _, now in view.known)
        if gained >= max(_FEW, known / 2) and not any(name in before.values for before, _ in view.known):
            yield name, f"in {gained} of {len(view.known)} items"


def _never_there(view: _View) -> Iterator[str]:
    """Fields that items never seen before lack altogether, though the earlier ones had them."""
    yield from _named(_absences(view), f"missing in all {len(view.fresh)} new items")


def _absences(view: _View) -> Iterator[tuple[str, str]]:
    few = view.risen * 2 >= len(view.fresh) > 0
    for name in view.names():
        if _chance(view, name) < (_SUPPORTED_CHANCE if few else _PURE_CHANCE):
            had = sum(name in one.values for one in view.memory.values())
            yield name, f"{had} of {len(view.memory)} had it before"


def _strangers(view: _View) -> Iterator[str]:
    """New items that lack several fields that nearly all others have: news among tenders, a row of another kind."""
    of = len(view.memory)
    had = {name: sum(name in one.values for one in view.memory.values()) for name in view.names()}
    lacking = {name: (of - count + 1) / (of + 2) for name, count in had.items() if count >= _USUAL * of}
    shapes = {_shape(key) for key in view.memory}
    chances = []
    for key in view.read.keys() - view.origin.keys():
        missing = lacking.keys() - view.read[key].values.keys()
        # A lot's field is often the notice's too, and the latest end comes of the end: these say nothing more.
        missing = {
            name for name in missing if name.removeprefix("lot.") not in missing - {name} and name != "latest_end"
        }
        apart = len(missing) + (_shape(key) not in shapes)
        chance = math.prod(lacking[name] for name in missing) * (1 / (of + 2) if apart > len(missing) else 1)
        if apart >= 2:
            chances.append(chance)
    strange = sorted(chance for chance in chances if chance < _STRANGE)
    if strange and math.comb(len(view.fresh), len(strange)) * math.prod(strange) < _STRANGERS:
        yield f"{len(strange)} of {len(view.fresh)} new items lack what nearly all others have"


def _shape(key: str) -> str:
    """A key without what tells it from others: "26/00117" and "26/00118" have one shape."""
    return re.sub(r"[^\W\d]+", "a", re.sub(r"\d+", "0", key))


def _chance(view: _View, name: str) -> float:
    """The chance that all new items lack a field, from how many of the earlier ones had it (rule of succession)."""
    if any(name in one.values for one in view.fresh):
        return 1.0
    had, of = sum(name in one.values for one in view.memory.values()), len(view.memory)
    return math.prod((of - had + 1 + at) / (of + 2 + at) for at in range(len(view.fresh)))


def _changed(view: _View) -> Iterator[str]:
    """Fields that are others in all known items at once, though they used to stay."""
    yield from _named(_changes_at_once(view), "another at once")


def _changes_at_once(view: _View) -> Iterator[tuple[str, str]]:
    # Something new in every item is a new template; then one value that is another says that it is read otherwise.
    everywhere = view.risen >= max(_FEW, 0.8 * len(view.read))
    for name in view.names():
        both, changed = _changes(view.known, name)
        least = 2 if view.risen or name in _LASTING else _FEW
        if (changed >= max(least, both / 2) or (everywhere and changed)) and _steady(view, name):
            yield name, f"in {changed} of {both} items"


def _changes(pairs: Sequence[tuple[_Seen, _Seen]], name: str) -> tuple[int, int]:
    both = [(b.values[name], n.values[name]) for b, n in pairs if name in b.values and name in n.values]
    return len(both), sum(before != now for before, now in both)


def _steady(view: _View, name: str) -> bool:
    """Whether the field stayed with most items between earlier runs, over at least two comparisons."""
    shares = []
    for later, earlier in zip(view.past[:5], view.past[1:6], strict=False):
        pairs = [
            (before, now)
            for key in later.seen.keys() & earlier.seen.keys()
            if (before := _unpacked(earlier, key)) and (now := _unpacked(later, key))
        ]
        both, changed = _changes(pairs, name)
        if both:
            shares.append(changed / both)
    return len(shares) >= 2 and max(shares) < 0.5


def _reworded(view: _View) -> Iterator[str]:
    """A word of a fixed set that is another word now wherever it stood: the site speaks another language."""
    for name in _FIXED_WORDS:
        pairs = [(b.values[name], n.values[name]) for b, n in view.known if name in b.values and name in n.values]
        for (was, now), count in Counter(pairs).items():
            if was != now and count >= 2 and all(other == now for one, other in pairs if one == was):
                yield f"{plain_name(name)} says the same in another word in {count} items"


def _swapped(view: _View) -> Iterator[str]:
    """Two fields, each with what the other had."""
    names = view.names()
    for at, one in enumerate(names):
        for other in names[at + 1 :]:
            pairs = [
                ((before.values[one], before.values[other]), (now.values.get(other), now.values.get(one)))
                for before, now in view.known
                if one in before.values and other in before.values and before.values[one] != before.values[other]
            ]
            crossed = sum(before == now for before, now in pairs)
            if crossed and crossed * 2 >= len(pairs):
                both = f"{plain_name(one)} and {plain_name(other)}"
                yield f"{both} have changed places in {crossed} of {len(pairs)} items"
    for one in names:
        for other in names:
            if one == other or {one, other} == {"end", "latest_end"}:  # an option that was used moves the end there
                continue
            had = [(before.values, now.values) for before, now in view.known if one in before.values]
            moved = sum(
                now.get(other) == before[one] and before.get(other) != before[one] and now.get(one) != before[one]
                for before, now in had
            )
            if moved and moved * 2 >= len(had):
                was = f"{plain_name(other)} has what was {plain_name(one)} before"
                yield f"{was} in {moved} of {len(had)} items"


def _renamed(view: _View) -> Iterator[str]:
    """Items that go by other keys than before, at the same addresses."""
    renamed = sum(key != origin for key, origin in view.origin.items())
    known = len(view.origin)
    odd = any(view.now.odd.get(key) for key, origin in view.origin.items() if key != origin)
    if renamed >= max(2, known / 4) or odd:
        yield f"{renamed} of {known} items go by another number than before"


def _vanished(view: _View) -> Iterator[str]:
    """Items that were listed in the last run, should be listed still, and are not."""
    gone, of = _gone(view.last, {*view.now.seen, *view.origin.values()}, view.now.day)
    if not gone or gone * 3 < of:
        return
    earlier = [
        _gone({key: one for key in older.seen if (one := _unpacked(older, key))}, set(newer.seen), newer.day)
        for newer, older in zip(view.past, view.past[1:], strict=False)
    ]
    rate = (sum(lost for lost, _ in earlier) + _LOSS) / (sum(had for _, had in earlier) + _OF)
    chance = _at_least(gone, of, rate)
    pure = gone >= _FEW and chance < _PURE_CHANCE * 10 and sum(had > 0 for _, had in earlier) >= _COMPARED
    swallowed = len(view.with_odd) >= max(2, gone)  # two rows in one: the second stands there unread
    if pure or (view.risen and chance < (_SWALLOWED if swallowed else _WITNESS)):
        yield f"{gone} of {of} items that were listed last time and should run on are no longer listed"


def _passed_by(view: _View) -> Iterator[str]:
    """Items that the list links to as before and that are no rows of it any more; one alone may have been moved."""
    running = [key for key in view.now.passed_by if key in view.last and _runs_on(view.last[key], view.now.day)]
    origins = set(view.origin.values())
    count = sum(key not in origins for key in running)
    if count >= 2 or (count and view.risen):
        yield f"{count} of {len(view.last)} items are no longer rows of the list, though it links to them"


def _at_least(hits: int, of: int, rate: float) -> float:
    """The chance of so many hits or more (binomial), by logarithms: lists may be long."""
    rate = min(max(rate, 1e-9), 1 - 1e-9)
    whole = math.lgamma(of + 1)
    return math.fsum(
        math.exp(
            whole - math.lgamma(at + 1) - math.lgamma(of - at + 1)
            + at * math.log(rate) + (of - at) * math.log1p(-rate)
        )
        for at in range(hits, of + 1)
    )  # fmt: skip


def _gone(had: Mapping[str, _Seen], there: set[str], day: str) -> tuple[int, int]:
    """How many items are missing, and of how many: those whose last day had come by then do not count."""
    running = [key for key, one in had.items() if _runs_on(one, day)]
    return sum(key not in there for key in running), len(running)


def _runs_on(one: _Seen, day: str) -> bool:
    return not (one.until and day and one.until <= day)
