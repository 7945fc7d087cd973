"""What a subscriber says of a lot: a page with a button, since scanners follow links. And partners, when both agree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import flask

from notifier.answers import OUTCOMES, Answer, Pairing, Why, possible, undecided
from notifier.digest import expired
from notifier.keys import Purpose
from notifier.letter.entries import page as site_page
from notifier.letter.notes import partner_found, partners_met
from notifier.letter.values import Link, Note
from notifier.lots import LotState, LotView
from notifier.phrases import Foreign, title_for, without_people
from notifier.post import post
from notifier.profiles import Subscriber, SubscriberStatus
from notifier.site.lotpage import dated_deadlines, public_title
from notifier.site.reader import Reader, part_of
from notifier.store.outbox import MailKind
from notifier.store.partners import Met
from notifier.text import clean_line
from notifier.web.pages import page
from notifier.web.service import Service
from notifier.words import words

_DATED = (LotState.PLANNED, LotState.OPEN, LotState.EXPIRED)  # of others a deadline says nothing any more
_WORDS = 300  # characters that an enterprise says of itself to possible partners


def add_routes(app: flask.Flask, service: Service) -> None:
    """One page for each answer on a lot."""
    app.add_url_rule(
        f"/svar/<key>/<slug>/<any({', '.join(Answer)}):answer>",
        "answer",
        lambda key, slug, answer: _Visit.of(service, key, slug).answered(Answer(answer)),
        methods=["GET", "POST"],
    )


def _published(service: Service, slug: str) -> LotView | None:
    """The lot of a public page, by the page's name or one that it had before; whether or not the page is of today."""
    uid = service.store.catalogue.by_slug(slug)
    if not uid or not service.store.publications.of([uid]):
        return None
    return next((view for view in service.store.lots.views(service.now(), uids=[uid]) if view.public), None)


@dataclass(frozen=True, slots=True)
class Answered:
    """A lot that a subscriber said something of. `state` is told where it is not open; `asked` is what is left to say
    of how it went."""

    title: Foreign
    state: str
    answers: tuple[Link, ...]
    asked: tuple[Link, ...]


def what_was_said(service: Service, subscriber: Subscriber) -> list[Answered]:
    """What a subscriber says that stands, lot by lot, the newest first; of lots that are public now."""
    given = service.store.answers.of(subscriber.number)
    by_lot: dict[str, list[Answer]] = {}
    for answer in reversed(given):
        by_lot.setdefault(answer.lot_uid, []).append(answer.answer)
    now, language = service.now(), subscriber.language
    views = {view.uid: view for view in service.store.lots.views(now, uids=by_lot) if view.public}
    public, open_ended = service.store.publications.of(views), undecided(given)
    one, w, door = Reader(language), words(language), service.config.door

    def links(view: LotView, answers: Iterable[Answer]) -> tuple[Link, ...]:
        return tuple(Link(w(f"mail.answer_{answer}"), door.answer(subscriber, view.slug, answer)) for answer in answers)

    def told(view: LotView) -> Answered:
        state = LotState.EXPIRED if expired(view, now) else view.state
        asked = OUTCOMES if view.uid in open_ended and set(OUTCOMES) <= set(possible(state)) else ()
        said = sorted(by_lot[view.uid], key=list(Answer).index)
        shown = "" if state is LotState.OPEN else w(f"site.state_{state}")
        return Answered(public_title(view, one), shown, links(view, said), links(view, asked))

    return [told(views[uid]) for uid in by_lot if uid in views and uid in public]


def _closed(answer: Answer, state: LotState) -> str:
    """Why this cannot be said of a lot that stands so: the key of a heading (_title) and of what follows (_lead)."""
    if answer in OUTCOMES:
        return "web.answer_undecided" if state in (LotState.OPEN, LotState.PLANNED) else "web.answer_never"
    return "web.answer_planned" if state is LotState.PLANNED else "web.answer_over"


@dataclass(frozen=True, slots=True)
class _Visit:
    """A subscriber and the public lot that they look at."""

    service: Service
    key: str
    subscriber: Subscriber
    view: LotView

    @classmethod
    def of(cls, service: Service, key: str, slug: str) -> _Visit:
        subscriber = service.visitor(key, Purpose.ANSWER)
        view = _published(service, slug)
        if view is None or subscriber.status is not SubscriberStatus.CONFIRMED:
            flask.abort(404)
        return cls(service, key, subscriber, view)

    def answered(self, answer: Answer) -> flask.typing.ResponseReturnValue:
        form = flask.request.form
        if flask.request.method == "POST" and "withdraw" in form:
            self.service.store.answers.withdraw(self.view.uid, self.subscriber.number, answer, self.service.now())
        elif flask.request.method == "POST" and answer not in self._possible:
            return self._page(answer), 409
        elif flask.request.method == "POST" and "pair" in form:
            self._agree(form["pair"])
        elif flask.request.method == "POST":
            self._give(answer, form.get("reason", ""), clean_line(form.get("words", ""), _WORDS))
        return self._page(answer)

    @property
    def _state(self) -> LotState:
        return LotState.EXPIRED if expired(self.view, self.service.now()) else self.view.state

    @property
    def _possible(self) -> tuple[Answer, ...]:
        return possible(self._state)

    def _give(self, answer: Answer, reason: str, said: str) -> None:
        reason = reason if answer is Answer.NOT_RELEVANT and reason in set(Why) else ""
        said = said if answer is Answer.PARTNERS else ""
        store, uid, number = self.service.store, self.view.uid, self.subscriber.number
        letters: list[int] = []
        with store.transaction():
            store.answers.give(uid, number, answer, self.service.now(), reason=reason, words=said)
            if answer is Answer.PARTNERS:
                letters = [
                    letter
                    for other in store.partners.bring_together(uid, number)
                    for to, of, words in ((other, number, said), (number, other, None))
                    if not store.partners.told(uid, to, of)  # of an earlier wish one may have heard, and not the other
                    for letter in (self._tell_found(to, of, words),)
                ]
        for letter in letters:
            self.service.send(letter)

    def _tell_found(self, to: int, of: int, said: str | None) -> int:
        """Write to one that there is another; only what the other says of itself is told."""
        store = self.service.store
        reader = store.subscribers.get(to)
        assert reader is not None  # paired in this very transaction
        if said is None:
            pairs = store.partners.of(to, self.view.uid)
            said = next((pair.words for pair in pairs if pair.other == of), "")
        title = self._title(reader.language)
        note = partner_found(reader, title, self.view.slug, said, self.service.config.town, self.service.config.door)
        return self._post(reader, note, of)

    def _agree(self, number: str) -> None:
        """One says yes to another. When both have, each is told who the other is."""
        store, letters = self.service.store, list[int]()
        with store.transaction():  # nobody leaves between the question and the yes
            pairs = {str(pair.number): pair for pair in self._pairs()}
            if number not in pairs:
                flask.abort(404)
            met = store.partners.agree(pairs[number].number, self.subscriber.number, self.service.now())
            if met is not None:
                letters = self._introduce(met)
        for letter in letters:
            self.service.send(letter)

    def _introduce(self, met: Met) -> list[int]:
        store, config = self.service.store, self.service.config
        both = [store.subscribers.get(number) for number in (met.first, met.second)]
        first, second = both
        if first is None or second is None:
            return []
        letters = []
        for reader, other in ((first, second), (second, first)):
            url = site_page(config.town, reader.language, f"opgaver/{self.view.slug}.html")
            note = partners_met(reader, other, self._title(reader.language), config.town, url)
            letters.append(self._post(reader, note, other.number))
        return letters

    def _post(self, reader: Subscriber, note: Note, of: int) -> int:
        """Queue what tells of another one who looks for partners for this lot."""
        store, config, now = self.service.store, self.service.config, self.service.now()
        return post(store, config, reader, note, MailKind.NOTICE, now, about=of, lot_uid=self.view.uid)

    def _pairs(self) -> tuple[Pairing, ...]:
        return self.service.store.partners.of(self.subscriber.number, self.view.uid)

    def _title(self, language: str) -> str:
        return without_people(title_for(self.view.lot, self.view.notice, language).words, language)

    def _page(self, answer: Answer) -> str:
        given = {
            one.answer: one
            for one in self.service.store.answers.of(self.subscriber.number)
            if one.lot_uid == self.view.uid
        }
        language, state, can = self.subscriber.language, self._state, self._possible
        one = Reader(language)
        pairs = self._pairs() if answer is Answer.PARTNERS else ()
        return page(
            self.service.config,
            "answer",
            language,
            answer=answer,
            given=given.get(answer),
            possible=answer in can,
            closed=_closed(answer, state),
            others=[other for other in Answer if other is not answer and (other in can or other in given)],
            state=state,
            deadlines=dated_deadlines(self.view.lot, one)[:1] if state in _DATED else (),
            key=self.key,
            slug=self.view.slug,
            title=public_title(self.view, one),
            part_of=part_of(self.view, one),
            lot_url=site_page(self.service.config.town, language, f"opgaver/{self.view.slug}.html"),
            pairs=[pair for pair in pairs if answer in can or pair.introduced],
            reasons=tuple(Why),
        )
