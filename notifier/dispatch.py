"""Who is due for a digest, and digests into the outbox: published lots in, queued mails out.

A digest, what it announces and its mail are written in one transaction: after a crash there is all of it or nothing.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from notifier.clock import COPENHAGEN
from notifier.config import Config
from notifier.digest import Digest, build
from notifier.errors import NotifierError
from notifier.lots import AgreementView, LotView, SourceRun
from notifier.mail import make_message, new_message_id
from notifier.profiles import Cadence, Subscriber, SubscriberStatus
from notifier.render import render_mail
from notifier.site.fingerprints import COVERAGE, agreement_fingerprint, coverage_shown, lot_fingerprint
from notifier.store import Store

log = logging.getLogger(__name__)

FRIDAY = 4


@dataclass(frozen=True, slots=True)
class DispatchReport:
    """What building did: digests queued, subscribers for whom nothing was new, and what went wrong, for people."""

    built: int = 0
    nothing_new: int = 0
    errors: tuple[str, ...] = ()


def period(cadence: Cadence, now: dt.datetime, crawl: str) -> str | None:
    """The period that a digest built at `now` belongs to, or None where none is due.

    Weekly: the ISO week. Daily: the day, Monday to Friday. Instant: the crawl, named by `crawl` ("" before the first).
    Days are Copenhagen's.
    """
    local = now.astimezone(COPENHAGEN)
    if cadence is Cadence.WEEKLY:
        year, week, _ = local.isocalendar()
        return f"{year}-W{week:02}"
    if cadence is Cadence.DAILY:
        return local.date().isoformat() if local.weekday() <= FRIDAY else None
    return crawl or None


def build_digests(
    store: Store,
    config: Config,
    now: dt.datetime,
    trade_names: Mapping[str, Mapping[str, str]],
    on_progress: Callable[[int, int], None] | None = None,
) -> DispatchReport:
    """Build the digest of everyone who is due, from what is public now, and queue its mail.

    `trade_names` gives, per language, the names of the trades. One subscriber's failure is reported and does not
    keep the others from theirs. Raises StoreError where what is public, or who is due, cannot be read.
    """
    public = _public(store, config, now)
    due = _due(store, now)
    built = nothing = 0
    errors: list[str] = []
    for done, (run, subscriber) in enumerate(due, start=1):
        try:
            if _write(store, config, public, run, subscriber, now, trade_names[subscriber.language]):
                built += 1
            else:
                nothing += 1
        except NotifierError as error:
            errors.append(f"the digest of subscriber {subscriber.number} could not be built: {error}")
        if on_progress:
            on_progress(done, len(due))
    for run in {run for run, _ in due}:
        store.digests.finish_run(run, now)
    return DispatchReport(built, nothing, tuple(errors))


@dataclass(frozen=True, slots=True)
class _Public:
    """What may be told: only what the public pages say already, word for word. Lots without a page are but counted."""

    lots: Sequence[LotView]
    agreements: Sequence[AgreementView]
    runs: Sequence[SourceRun]


def _public(store: Store, config: Config, now: dt.datetime) -> _Public:
    said = store.publications.fingerprints()
    enabled = (source.id for source in config.sources if source.enabled)
    return _Public(
        lots=[view for view in store.lots.views(now) if said.get(view.uid) == lot_fingerprint(view) or not view.public],
        agreements=[view for view in store.agreements.views() if said.get(view.uid) == agreement_fingerprint(view)],
        runs=coverage_shown(store.runs.recent(enabled), said.get(COVERAGE, "")),
    )


def _due(store: Store, now: dt.datetime) -> list[tuple[int, Subscriber]]:
    """Confirmed subscribers whose period has no digest of theirs yet, each with the digest run."""
    latest = max((run.started for run in store.runs.latest()), default=None)
    crawl = f"crawl-{latest.isoformat()}" if latest else ""
    due: list[tuple[int, Subscriber]] = []
    for cadence in Cadence:
        name = period(cadence, now, crawl)
        subscribers = store.subscribers.all(status=SubscriberStatus.CONFIRMED, cadence=cadence)
        if name is None or not subscribers:
            continue
        run = store.digests.begin_run(cadence, name, now).number
        written = store.digests.written(run)
        due += [(run, subscriber) for subscriber in subscribers if subscriber.number not in written]
    return due


def _write(
    store: Store,
    config: Config,
    public: _Public,
    run: int,
    subscriber: Subscriber,
    now: dt.datetime,
    trade_names: Mapping[str, str],
) -> bool:
    """Build and queue one digest; False where there is nothing to tell."""
    digest = _build(store, config, public, subscriber, now, trade_names)
    if digest.empty:
        return False
    message_id = new_message_id(config.mail)
    rendered = render_mail(digest, config.town)
    body = make_message(rendered, subscriber, config.town, config.mail, message_id=message_id, now=now)
    with store.transaction():
        number = store.digests.add(run, subscriber.number, digest.announcements, now)
        store.outbox.add(
            digest_id=number,
            subscriber_id=subscriber.number,
            message_id=message_id,
            recipient=subscriber.address,
            body=body,
            now=now,
        )
    log.info("digest %d for subscriber %d is queued", number, subscriber.number)
    return True


def _build(
    store: Store,
    config: Config,
    public: _Public,
    subscriber: Subscriber,
    now: dt.datetime,
    trade_names: Mapping[str, str],
) -> Digest:
    return build(
        subscriber,
        public.lots,
        public.agreements,
        public.runs,
        store.digests.announced(subscriber.number),
        now,
        since=store.digests.last_made(subscriber.number),
        trade_names=trade_names,
        source_names={source.id: source.name for source in config.sources},
    )
