"""Criteria for reservations and social aims, by code and by words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from notifier.lots import Evidence, Lot
from notifier.suitability.reading import Case, Passage
from notifier.suitability.rules import Law, Rules
from notifier.suitability.wordlists import Hit, Use
from notifier.text import fold, sentence_around

# How far after "forbeholdt" those can stand for whom it is; a sentence of law is long.
_REACH = 200
# In German and Dutch the word may stand behind those for whom it is: "ist geschützten Werkstätten vorbehalten".
_BEHIND = 30
# A negation stands at most so many words before what it negates.
_NEGATION_WORDS = 4
# A point before a small letter or "§" ends an abbreviation ("jf. udbudslovens § 54"), not the sentence.
_SENTENCE_END = re.compile(r"[.!?](?=\s+[A-ZÆØÅÄÖÉ])|[;•\n]")
_CLAUSE_END = re.compile(r"[,;:.!?()•\n]")
_ANSWER = re.compile(r"\W{0,3}(\w+)")
_NUMBERS = r"(?:nr\.?\s*|no\.?\s*)?(\d{1,3}(?:(?:\s*,\s*|\s+(?:og|and|&)\s+)\d{1,3}){0,20})"


# In R2.0.9 a form has a number, F02; its reservation stands once for the whole notice, not for each lot.
_FORM = re.compile(r"F\d\d")


def reserved_participation(case: Case) -> tuple[Evidence, ...]:
    """BT-71 (in R2.0.9 the flags under LEFTI): res-ws is § 54 of udbudsloven, res-pub-ser § 190.

    A code that is not known is a reservation all the same, without a paragraph. A flag of a whole notice does not
    hold for a lot that the notice's own words leave out; the words stand in its place, as `reserved_elsewhere`.
    """
    rules = case.rules
    if (elsewhere := _left_out(case)) is not None:
        return (elsewhere,)
    return tuple(
        Evidence(
            "reserved_participation",
            rules.weights.reserved,
            f"reserved[{at}]",
            code,
            0,
            len(code),
            note=rules.reservation.note(code.removeprefix("res-")),
        )
        for at, code in enumerate(case.lot.reserved)
    )


def _left_out(case: Case) -> Evidence | None:
    """The words that reserve other lots than this one, where the notice's flag would hold for all; else None.

    Only words that name other lots of the notice by number or ordinal leave a lot out, and only where nothing in its
    own texts reserves it too.
    """
    if not case.lot.reserved or len(case.notice.lots) < 2 or not _FORM.match(case.notice.notice_type):
        return None
    known = {number for lot in case.notice.lots for number in _own_numbers(lot)}
    named = next(filter(None, (_names_another(case, passage, known) for passage in case.passages)), None)
    return None if named is None or reserved_text(case) else named


def _names_another(case: Case, passage: Passage, known: set[int]) -> Evidence | None:
    for trigger in passage.of(Use.TRIGGER):
        begin, end = sentence_around(passage.text, trigger.start, trigger.end)
        quote = passage.text[begin:end]
        if not case.rules.reservation.rights.isdisjoint(re.findall(r"\w+", fold(quote))):
            continue  # "reserves the right to award lot 2 alone" is no reservation
        others = _numbers(case, quote)
        if others and others <= known and others.isdisjoint(_own_numbers(case.lot)):
            return Evidence("reserved_elsewhere", 0.0, passage.field, quote, begin, end)
    return None


def _own_numbers(lot: Lot) -> set[int]:
    return set(map(int, re.findall(r"(\d{1,9})\D*$", lot.lot_id)))


def _numbers(case: Case, text: str) -> set[int]:
    """The lots that a sentence names, by number or by an ordinal beside the word for lot: "el tercer lote"."""
    found = _lot_numbers(case.rules, text)
    reservation = case.rules.reservation
    words = fold(text).split()
    for number, ordinals in enumerate(reservation.ordinals, start=1):
        beside = (pair for pair in pairwise(words) if pair[0].strip(".,()") in ordinals)
        if any(pair[1].strip(".,()") in reservation.lot_words for pair in beside):
            found.add(number)
    return found


def reserved_execution(case: Case) -> tuple[Evidence, ...]:
    """BT-736: only sheltered employment programmes may carry the contract out."""
    if case.lot.reserved_execution != "yes":
        return ()
    return (Evidence("reserved_execution", case.rules.weights.reserved, "reserved_execution", "yes", 0, 3),)


def reserved_text(case: Case) -> tuple[Evidence, ...]:
    """A plain reservation in words, the first of each text: "forbeholdt beskyttede værksteder", "udbudslovens § 54".

    Negation is heeded, and a text of the whole notice that names lots reserves those alone.
    """
    found = (_first(case, passage) for passage in case.passages)
    return tuple(evidence for evidence in found if evidence is not None)


@dataclass(frozen=True, slots=True)
class _Statement:
    """A place that looks like a reservation, before negation is asked for."""

    start: int
    end: int
    law: Law
    alone: bool  # the law is named without a word such as "forbeholdt" before it


def _first(case: Case, passage: Passage) -> Evidence | None:
    for said in _statements(case, passage):
        if not _negated(case, passage.text, said) and _meant(case, passage, said.start, said.end):
            quote, weight = passage.text[said.start : said.end], case.rules.weights.reserved
            return Evidence("reserved_text", weight, passage.field, quote, said.start, said.end, note=said.law.note)
    return None


def _statements(case: Case, passage: Passage) -> Iterator[_Statement]:
    laws = {law.key: law for law in case.rules.reservation.laws}
    trigger: Hit | None = None
    target: Hit | None = None
    for hit in passage.of(Use.TRIGGER, Use.TARGET, Use.PLAIN_LAW):
        if hit.term.use is Use.TRIGGER:
            trigger = hit
            if target is not None and _stands_behind(passage.text, target, hit):
                yield _Statement(target.start, hit.end, laws[target.term.key], alone=False)
        elif trigger is not None and _same_sentence(passage.text, trigger.end, hit.start):
            yield _Statement(trigger.start, hit.end, laws[hit.term.key], alone=False)
        elif hit.term.use is Use.PLAIN_LAW:
            yield _Statement(hit.start, hit.end, laws[hit.term.key], alone=True)
        if hit.term.use is Use.TARGET:
            target = hit


def _stands_behind(text: str, target: Hit, trigger: Hit) -> bool:
    """Whether the trigger ends the clause in which the target stands shortly before it."""
    near = trigger.start - target.end <= _BEHIND and _same_sentence(text, target.end, trigger.start)
    return near and (not text[trigger.end :].strip() or _CLAUSE_END.match(text, trigger.end) is not None)


def _same_sentence(text: str, end: int, start: int) -> bool:
    return 0 <= start - end <= _REACH and not _SENTENCE_END.search(text, end, start + 1)


def _negated(case: Case, text: str, said: _Statement) -> bool:
    """Whether a negation stands shortly before in the same clause, or a form answers "nej" after it.

    Where the law is named alone, a negation anywhere in the clause counts: "§ 54 finder ikke anvendelse".
    """
    after = fold(text[said.end : said.end + 60])
    answer = _ANSWER.match(after)
    if answer and (":" in answer[0] or "?" in answer[0]) and answer[1] in case.rules.reservation.answers_no:
        return True
    if said.alone:
        clause = _just_before(text, said.start) + _CLAUSE_END.split(after)[0].split()
        return not case.rules.reservation.negations.isdisjoint(clause)
    return _negation_before(case, text, said.start)


def _negation_before(case: Case, text: str, at: int) -> bool:
    """Whether a negation stands shortly before a place, in the same clause."""
    return not case.rules.reservation.negations.isdisjoint(_just_before(text, at)[-_NEGATION_WORDS:])


def _just_before(text: str, at: int) -> list[str]:
    """The words of the same clause that stand before a place in the text, at most 80 characters of them."""
    return _CLAUSE_END.split(fold(text[max(0, at - 80) : at]))[-1].split()


def _meant(case: Case, passage: Passage, start: int, end: int) -> bool:
    """Whether this lot is meant: where the sentence names lots by number, only those are."""
    text, sentence = passage.text, max(0, start - _REACH)
    for ending in _SENTENCE_END.finditer(text, sentence, start + 1):
        sentence = min(ending.end(), start)
    named = _numbers(case, text[sentence : end + 40])
    own = _own_numbers(case.lot) | _lot_numbers(case.rules, case.lot.title)
    return not named or not own.isdisjoint(named)


def _lot_numbers(rules: Rules, text: str) -> set[int]:
    """The numbers of the lots that a text names: "delaftale nr. 2 og 3"."""
    words = "|".join(map(re.escape, rules.reservation.lot_words))
    groups = re.findall(rf"\b(?:{words})\s+{_NUMBERS}", fold(text))
    return {int(number) for group in groups for number in re.findall(r"\d+", group)}


def social_objective(case: Case) -> tuple[Evidence, ...]:
    """BT-775 and BT-06: the buyer pursues employment for people at the edge of the labour market, or a social aim."""
    clause, weight = case.rules.social_clause, case.rules.weights.social_objective
    named = [
        (f"social_objectives[{at}]", code)
        for at, code in enumerate(case.lot.social_objectives)
        if code in clause.objectives
    ]
    named += [(f"strategic[{at}]", code) for at, code in enumerate(case.lot.strategic) if code in clause.strategic]
    return tuple(Evidence("social_objective", weight, field, code, 0, len(code)) for field, code in named[:1])


def social_clause(case: Case) -> tuple[Evidence, ...]:
    """Words for jobs or training for people at the edge of the labour market; the first place is enough.

    Negation is heeded: "der stilles ikke krav om ansættelse af langtidsledige" is no clause.
    """
    for passage in case.passages:
        for hit in passage.of(Use.CLAUSE):
            if not _denied(case, passage, hit):
                quote = passage.text[hit.start : hit.end]
                weight = case.rules.weights.social_clause
                return (Evidence("social_clause", weight, passage.field, quote, hit.start, hit.end),)
    return ()


def _denied(case: Case, passage: Passage, hit: Hit) -> bool:
    """Whether the hit's sentence denies a demand, or a negation stands shortly before it in the same clause."""
    if passage.denies(*sentence_around(passage.text, hit.start, hit.end)):
        return True
    return _negation_before(case, passage.text, hit.start)


# Notices under the light regime for social and other special services (directive 2014/24/EU art. 74 to 77): in eForms
# BT-02 says so, in R2.0.9 forms 21 to 23 are theirs.
_LIGHT = ("pin-cfc-social", "cn-social", "can-social", "F21", "F22", "F23")


def light_regime(case: Case) -> tuple[Evidence, ...]:
    """BT-02: the notice is one of the light regime, with simpler rules, and room for § 190."""
    kind = case.notice.notice_type
    if kind not in _LIGHT:
        return ()
    return (Evidence("light_regime", case.rules.weights.light_regime, "notice.notice_type", kind, 0, len(kind)),)


def sme_suitable(case: Case) -> tuple[Evidence, ...]:
    """BT-726: the buyer says that small and medium-sized enterprises can carry it."""
    if case.lot.sme_suitable is not True:
        return ()
    return (Evidence("sme_suitable", case.rules.weights.sme_suitable, "sme_suitable", "true"),)
