"""Finished digests to a relay: our outbox beside a bare loop of smtplib; and digests into words, on one core."""

from __future__ import annotations

import datetime as dt
import smtplib
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from notifier import config
from notifier.digest import Digest, build
from notifier.journal import Journal
from notifier.lots import LotView
from notifier.mail import make_message, new_message_id
from notifier.outbox import deliver, manner_of
from notifier.profiles import Announced, Announcement, Cadence, Profile, Subscriber, SubscriberStatus
from notifier.render import render_mail
from notifier.store import Published, Store
from notifier.transport import SmtpTransport
from tests.bench.measuring import Figure, in_turn, rate
from tests.notifier.mail_examples import DOOR, NOW, SOURCES, TOWN, TRADES, agreement, rich_digest, run, subscriber
from tests.relays import SMTP_SINK, smtp_sink_program

MAILS = 400
RENDERED = 300
ROUNDS = 5
HANDED_OVER = 11  # rounds: the sink's own pace differs by a half from one to the next


def figures() -> Sequence[Figure]:
    """Rendering, then handing over where there is a relay to hand over to."""
    return [*_rendering(), *_handing_over()]


# -- rendering -----------------------------------------------------------------------------------------------------


def weekly(number: int, lots: Sequence[LotView]) -> Digest:
    """The mail of an ordinary week: some lots out of many, another subscriber each time."""
    profile = Profile(trades=("cleaning", "grounds"), areas=("DK01",))
    asked = replace(subscriber(profile, "en" if number % 5 == 0 else "da"), number=number + 1, token=f"secret-{number}")
    chosen = [lots[(number * 3 + step * 7) % len(lots)] for step in range(4)]
    names = TRADES[asked.language]
    return build(asked, chosen, [agreement()], [run("ted")], frozenset(), NOW, trade_names=names, source_names=SOURCES)


def many_lots(count: int = 40) -> list[LotView]:
    """The lots of the rich example under other names, so that nothing is the same lot twice."""
    found = [entry.view for entry in rich_digest().new]
    return [
        replace(found[number % len(found)], uid=f"p{number}/LOT", slug=f"opgave-{number}") for number in range(count)
    ]


def _rendering() -> Iterator[Figure]:
    lots = many_lots()
    digests = [weekly(number, lots) for number in range(RENDERED)]
    (times,) = in_turn(lambda: [render_mail(digest, TOWN, DOOR) for digest in digests], rounds=ROUNDS)
    entries = statistics.mean(len(digest.new) + len(digest.agreements) for digest in digests)
    size = statistics.mean(len(render_mail(digest, TOWN, DOOR).html.encode()) for digest in digests[:50]) / 1000
    name = f"digests rendered, {entries:.1f} entries and {size:.0f} kB each"
    yield rate(name, RENDERED, times, at_least=500, unit="a second")


# -- handing over --------------------------------------------------------------------------------------------------


def _handing_over() -> Iterator[Figure]:
    if SMTP_SINK is None:
        print("smtp-sink (Debian's postfix) is not installed: nothing to hand over to", file=sys.stderr)
        return
    lots = many_lots()
    settings = config.Mail("opgaver@udbud.example", security="none")
    bodies = [_message(weekly(number, lots), settings) for number in range(MAILS)]
    with smtp_sink_program() as port, tempfile.TemporaryDirectory() as name:
        mail = replace(settings, relay="127.0.0.1", port=port)
        folder = Path(name)
        ours, bare = list[float](), list[float]()
        for number in range(HANDED_OVER):
            database = folder / f"{number}.db"
            _fill(database, bodies)
            ours.append(_ours(database, mail))
            bare.append(_bare(bodies, mail))
    # One side right after the other: what the sink and the disk do meanwhile is in both times of a round.
    ratios = sorted(b / a for a, b in zip(ours, bare, strict=True))
    yield rate("mails handed over by the outbox", MAILS, ours, at_least=None, unit="a second")
    yield rate("the same by a bare loop of smtplib", MAILS, bare, at_least=None, unit="a second")
    spread = f"{ratios[0]:.2f}–{ratios[-1]:.2f} over {HANDED_OVER} rounds, best over best {min(bare) / min(ours):.2f}"
    yield Figure("hand-over beside the bare loop, median", statistics.median(ratios), spread, at_least=0.7)


def _message(digest: Digest, mail: config.Mail) -> tuple[Subscriber, str, bytes]:
    message_id = new_message_id(mail)
    rendered = render_mail(digest, TOWN, DOOR)
    body = make_message(rendered, digest.subscriber, TOWN, mail, message_id=message_id, now=NOW, door=DOOR)
    return digest.subscriber, message_id, body


def _fill(database: Path, bodies: Sequence[tuple[Subscriber, str, bytes]]) -> None:
    """Digests in an outbox as dispatch leaves them there, each with four lots that are public."""
    lots = [f"p{number}/LOT" for number in range(40)]
    with Store.open(database, create=True) as store, store.transaction():
        store.publications.record([Published(uid, "as it is") for uid in lots], NOW)
        run = store.digests.begin_run(Cadence.WEEKLY, "2026-W48T07", NOW).number
        for number, (_, message_id, body) in enumerate(bodies):
            address = f"post{number}@rengoerholdet.example"
            added = store.subscribers.add(address, now=NOW, status=SubscriberStatus.CONFIRMED)
            told = [Announcement(Announced.NEW, lots[(number * 3 + step * 7) % 40]) for step in range(4)]
            store.outbox.add(
                digest_id=store.digests.add(run, added.number, told, NOW),
                subscriber_id=added.number,
                message_id=message_id,
                recipient=address,
                body=body,
                now=NOW,
                good_until=NOW + dt.timedelta(days=2),
            )


def _ours(database: Path, mail: config.Mail) -> float:
    with Store.open(database) as store:
        begun = time.perf_counter()
        manner = manner_of(mail, Journal(database.with_suffix(".jsonl")))
        report = deliver(store, SmtpTransport(mail), NOW + dt.timedelta(minutes=1), manner=manner)
        took = time.perf_counter() - begun
    assert report.sent == MAILS, report
    return took


def _bare(bodies: Sequence[tuple[Subscriber, str, bytes]], mail: config.Mail) -> float:
    begun = time.perf_counter()
    with smtplib.SMTP(mail.relay, mail.port, timeout=30) as smtp:
        for number, (_, _, body) in enumerate(bodies):
            smtp.sendmail(mail.sender, [f"post{number}@rengoerholdet.example"], body)
    return time.perf_counter() - begun
