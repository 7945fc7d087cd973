"""Criteria for reservations and social aims, by code and by words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from notifier.lots import Evidence
from notifier.suitability.reading import Case, Passage
from notifier.suitability.rules import Law, Rules
from notifier.suitability.wordlists import Hit, Use, fold

# How far after "forbeholdt" those can stand for whom it is; a sentence of law is long.
_REACH = 200
# A negation stands at most so many words before what it negates.
_NEGATION_WORDS = 4
# A point before a small letter or "§" ends an abbreviation ("jf. udbudslovens § 54"), not the sentence.
_SENTENCE_END = re.compile(r"[.!?](?=\s+[A-ZÆØÅÄÖÉ])|[;•\n]")
_CLAUSE_END = re.compile(r"[,;:.!?()•\n]")
_ANSWER = re.compile(r"\W{0,3}(\w+)")
_NUMBERS = r"(?:nr\.?\s*|no\.?\s*)?(\d{1,3}(?:(?:\s*,\s*|\s+(?:og|and|&)\s+)\d{1,3}){0,20})"


def reserved_participation(case: Case) -> tuple[Evidence, ...]:
    """BT-71 (in R2.0.9 the flags under LEFTI): res-ws is § 54 of udbudsloven, res-pub-ser § 190.

    A code that is not known is a reservation all the same, without a paragraph.
    """
    rules = case.rules
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
    for hit in passage.of(Use.TRIGGER, Use.TARGET, Use.PLAIN_LAW):
        if hit.term.use is Use.TRIGGER:
            trigger = hit
        elif trigger is not None and _same_sentence(passage.text, trigger.end, hit.start):
            yield _Statement(trigger.start, hit.end, laws[hit.term.key], alone=False)
        elif hit.term.use is Use.PLAIN_LAW:
            yield _Statement(hit.start, hit.end, laws[hit.term.key], alone=True)


def _same_sentence(text: str, end: int, start: int) -> bool:
    return 0 <= start - end <= _REACH and not _SENTENCE_END.search(text, end, start + 1)


def _negated(case: Case, text: str, said: _Statement) -> bool:
    """Whether a negation stands shortly before in the same clause, or a form answers "nej" after it.

    Where the law is named alone, a negation anywhere in the clause counts: "§ 54 finder ikke anvendelse".
    """
    negations = case.rules.reservation.negations
    before = _CLAUSE_END.split(fold(text[max(0, said.start - 80) : said.start]))[-1].split()
    after = fold(text[said.end : said.end + 60])
    answer = _ANSWER.match(after)
    if answer and (":" in answer[0] or "?" in answer[0]) and answer[1] in case.rules.reservation.answers_no:
        return True
    if said.alone:
        before += _CLAUSE_END.split(after)[0].split()
    else:
        before = before[-_NEGATION_WORDS:]
    return not negations.isdisjoint(before)


def _meant(case: Case, passage: Passage, start: int, end: int) -> bool:
    """Whether this lot is meant: where the sentence names lots by number, only those are."""
    text, sentence = passage.text, max(0, start - _REACH)
    for ending in _SENTENCE_END.finditer(text, sentence, start + 1):
        sentence = min(ending.end(), start)
    named = _lot_numbers(case.rules, text[sentence : end + 40])
    own = set(map(int, re.findall(r"(\d{1,9})\D*$", case.lot.lot_id))) | _lot_numbers(case.rules, case.lot.title)
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
    """Words for jobs or training for people at the edge of the labour market; the first place is enough."""
    for passage in case.passages:
        for hit in passage.of(Use.CLAUSE):
            quote = passage.text[hit.start : hit.end]
            weight = case.rules.weights.social_clause
            return (Evidence("social_clause", weight, passage.field, quote, hit.start, hit.end),)
    return ()


def sme_suitable(case: Case) -> tuple[Evidence, ...]:
    """BT-726: the buyer says that small and medium-sized enterprises can carry it."""
    if case.lot.sme_suitable is not True:
        return ()
    return (Evidence("sme_suitable", case.rules.weights.sme_suitable, "sme_suitable", "true"),)
