"""The figures of the effects report: made once, at the first publication after a quarter is over, and kept for good.

    told_quarters(store, config, trades, now, real) -> every quarter that is told, the oldest first; the new are kept
    trial_quarters(store, config, trades, now) -> the same for a trial: what is new is counted, and kept nowhere

They stand in the database, and in the configured site as effekt/YYYY-Q.json. Where the database has lost them (a new
one, an old backup), they are taken back from there: what was told once is not told differently.

Figures that were counted before their quarter was over, or later than `now`, are of a clock that went wrong: they are
neither told nor taken back, and make way for the right ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from notifier.clock import COPENHAGEN
from notifier.config import Config
from notifier.effects.counting import month_of
from notifier.effects.quarters import VERSION, Facts, Figures, Quarter, figures, finished, quarter_of
from notifier.site.reader import NamedTrade
from notifier.store import Store


def told_quarters(
    store: Store, config: Config, trades: Sequence[NamedTrade], now: dt.datetime, real: dt.datetime
) -> tuple[Figures, ...]:
    """Every quarter that is told at `now`; what is new is kept, and of it nothing that is not over in `real` time.

    Nothing but what is kept is read where no quarter has ended since.
    """
    at = min(now, real)
    if _missing(store, kept_quarters(store, real), at):
        with store.transaction():
            for one in _told(store, config, trades, kept_quarters(store, real), at):
                store.reports.keep(one)
    return kept_quarters(store, at)


def trial_quarters(store: Store, config: Config, trades: Sequence[NamedTrade], now: dt.datetime) -> tuple[Figures, ...]:
    """Every quarter that would be told at `now`; nothing is kept. `config` is the town's own, not the trial's."""
    return _told(store, config, trades, kept_quarters(store, now), now)


def kept_quarters(store: Store, now: dt.datetime) -> tuple[Figures, ...]:
    """What is kept, as far as it can have been told by `now`."""
    return tuple(one for one in store.reports.all() if _possible(one, now))


def _told(
    store: Store, config: Config, trades: Sequence[NamedTrade], kept: Sequence[Figures], now: dt.datetime
) -> tuple[Figures, ...]:
    """What is kept, what the town's own site tells beside it, and what is counted now."""
    known = {one.quarter for one in kept}
    published = [one for one in _published(config.site) if _possible(one, now) and one.quarter not in known]
    told = sorted([*kept, *published], key=lambda one: one.quarter)
    for quarter in _missing(store, told, now):
        told.append(figures(quarter, _facts(store, config, trades, quarter), told, now))
    return tuple(told)


def _possible(one: Figures, now: dt.datetime) -> bool:
    """Whether these figures can have been counted: after their quarter, and not later than now."""
    return one.quarter.moments[1] <= one.told_at <= now


def _missing(store: Store, kept: Sequence[Figures], now: dt.datetime) -> tuple[Quarter, ...]:
    """The quarters that are over and not told, after the last one that is, and since something was read."""
    if kept and not finished(kept[-1].quarter.following, now):
        return ()
    begins = store.reports.begins()
    if begins is None:
        return ()
    first = quarter_of(month_of(begins))
    return finished(max(first, kept[-1].quarter.following) if kept else first, now)


def _published(site: Path) -> Iterator[Figures]:
    """What the site's own files tell of quarters. One that cannot be read tells nothing."""
    for path in sorted((site / "effekt").glob("[0-9][0-9][0-9][0-9]-[1-4].json")):
        try:
            told = msgspec.json.decode(path.read_bytes(), type=Figures)
        except (OSError, msgspec.MsgspecError):
            continue
        if told.quarter.key == path.stem and told.version == VERSION:
            yield told


def _facts(store: Store, config: Config, trades: Sequence[NamedTrade], quarter: Quarter) -> Facts:
    order, listed = tuple(trade.key for trade in trades), config.enterprises
    first_mail = store.effects.first_mail()
    begins = store.reports.begins()
    return Facts(
        lots=store.effects.lots(order),
        said=store.effects.answers(order),
        drawn=store.draws.all(),
        awards=store.effects.awards(
            (one.cvr for one in listed), first_mail.astimezone(COPENHAGEN).date() if first_mail else None
        ),
        first_mail=first_mail,
        begins=begins or quarter.moments[0],
        readers=store.reports.readers(quarter),
        sources=store.reports.sources(
            quarter, {source.id: source.name or source.publisher for source in config.crawled if source.enabled}
        ),
        gaps=store.reports.gaps(quarter),
        trades=[(trade.key, trade.name_da, trade.name_en) for trade in trades],
        listed=len(listed),
        checked=min((one.checked for one in listed), default=None),
        cost=config.cost,
        cost_covers=config.cost_covers,
    )
