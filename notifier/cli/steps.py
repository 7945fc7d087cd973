"""The steps of a run, each a command of its own; `run` is all of them, in the order in which nothing is mailed that
is not public."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from notifier import __version__, clock, dispatch, publish
from notifier.catalogue import followed, refresh
from notifier.cli.context import DONE, FAILED, SOURCE_FAILED, Context, open_store, tell_restored
from notifier.cli.judging import in_use
from notifier.cli.sample import draw_sample
from notifier.cli.withheld import described
from notifier.config import Config, Source, elsewhere
from notifier.effects.quarters import Figures
from notifier.errors import DeliveryError, PublishError, UsageError
from notifier.intake import Intake
from notifier.journal import Journal
from notifier.likeness import probable_pairs
from notifier.lock import one_run
from notifier.lots import LotView, RunStatus, SourceRun, Verdict
from notifier.mailbox import read_mailbox
from notifier.membership import begin_delivery, end_delivery, forget_who_left
from notifier.outbox import deliver, manner_of
from notifier.post import trade_names
from notifier.progress import Show
from notifier.receipts import receipt
from notifier.returns import Came, Returned, counted, take
from notifier.scope import in_scope, own_numbers
from notifier.site.documents import batches
from notifier.staff import write_staff_pages
from notifier.store import Assessed, Published, Store
from notifier.store.actions import KEPT as ACTIONS_KEPT
from notifier.store.documents import KEPT
from notifier.suitability import Rules, agreement_trades, assess, load_rules
from notifier.suitability.estimate import Estimator
from notifier.telling import told_quarters, trial_quarters
from notifier.transport import transport_for


@dataclass(frozen=True, slots=True)
class Job:
    """What a step works with."""

    show: Show
    config: Config
    rules: Rules
    store: Store
    model: Estimator | None = None


Step = Callable[[Job], int]


@click.command("crawl")
@click.argument("source_ids", metavar="[SOURCE]...", nargs=-1)
@click.pass_obj
def crawl_command(context: Context, source_ids: tuple[str, ...]) -> int:
    """Read the sources: those that are named, or all that are enabled."""
    loaded = context.load()
    sources = chosen(loaded, source_ids)
    with one_run(loaded.database, clock.now()), open_store(loaded) as store:
        return _crawl(context.show, loaded, sources, store)


@click.command("assess")
@click.option("--dry-run", is_flag=True, help="Judge every lot by the rules as they stand in the file; keep nothing.")
@click.option("--diff", is_flag=True, help="With --dry-run: name each lot whose verdict would be another.")
@click.pass_obj
def assess_command(context: Context, dry_run: bool, diff: bool) -> int:
    """Give every lot its verdict that has none by the rules in use."""
    if diff and not dry_run:
        raise UsageError("--diff needs --dry-run", remedy="say 'notifier assess --dry-run --diff'")
    return _step(context, _compare(diff) if dry_run else _assess)


def _compare(diff: bool) -> Step:
    """A step that tells what the file's rules would change, beside what is in use, and keeps nothing."""

    def step(job: Job) -> int:
        rules, moved, count = load_rules(job.config.rules), Counter[tuple[Verdict, Verdict]](), 0
        for view in job.store.lots.views(clock.now()):
            count += 1
            before, after = (assess(view.lot, view.notice, one, job.model).verdict for one in (job.rules, rules))
            if before is not after:
                moved[before, after] += 1
                if diff:
                    staff = " (staff's word holds)" if view.tagged else ""
                    job.show.line(f"{before.value} -> {after.value}  {view.slug}: {view.lot.title[:80]}{staff}")
        for (before, after), number in sorted(moved.items()):
            job.show.step("assess", f"{number} from {before.value} to {after.value}")
        job.show.step("assess", f"{count} lots judged, {moved.total()} would change; nothing was kept")
        return DONE

    return step


@click.command("publish")
@click.option(
    "--to",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write them into this folder instead of [paths] site: a trial, or a second place.",
)
@click.option(
    "--base-url",
    metavar="URL",
    help="The address that the folder will be found at, instead of [town] base_url: it stands in feeds and links.",
)
@click.pass_obj
def publish_command(context: Context, to: Path | None, base_url: str | None) -> int:
    """Write the public pages, feeds, calendars and open data.

    Mails tell only of what stands on the public site, and link to it. So what is written elsewhere, by --to or
    --base-url, counts as published for nobody: it is a trial, or a copy.
    """
    return _step(context, _publish if to is None and base_url is None else _elsewhere(to, base_url))


@click.command("digest")
@click.pass_obj
def digest_command(context: Context) -> int:
    """Build the digests that are due and put them into the outbox."""
    return _step(context, _digest)


@click.command("deliver")
@click.pass_obj
def deliver_command(context: Context) -> int:
    """Hand the outbox over to the relay, or write it into the Maildir where there is none."""
    return _step(context, _deliver)


@click.command("run")
@click.pass_obj
def run_command(context: Context) -> int:
    """Everything once: crawl, assess, publish, digest, deliver. Nothing is mailed that is not public.

    Once a week a few of the new lots are drawn by chance for staff to answer ('notifier queue').
    """
    loaded = context.load()
    load_rules(loaded.rules)  # mistakes are told before anything is fetched
    with one_run(loaded.database, clock.now()), open_store(loaded) as store:
        tell_restored(context.show, loaded, store)  # what is read then is the first reading after it
        status = _crawl(context.show, loaded, chosen(loaded, ()), store)
        job = _job(context, loaded, store)
        statuses = [step(job) for step in (_assess, _sample, _publish, _digest, _deliver)]
    return FAILED if any(statuses) else status


COMMANDS = (crawl_command, assess_command, publish_command, digest_command, deliver_command, run_command)


def _step(context: Context, step: Step) -> int:
    loaded = context.load()
    load_rules(loaded.rules)
    with one_run(loaded.database, clock.now()), open_store(loaded, create=False) as store:
        return step(_job(context, loaded, store))


def _job(context: Context, loaded: Config, store: Store) -> Job:
    """With the rules and the model that were promoted last: a run uses one version, whatever is written meanwhile."""
    using = in_use(store, loaded, clock.now())
    if using.note:
        context.show.step("rules", using.note)
    return Job(context.show, loaded, using.rules, store, using.model)


def chosen(loaded: Config, wanted: Sequence[str], *, crawled: bool = True) -> tuple[Source, ...]:
    """The named sources, or all that are enabled. Raises UsageError for a name that is not configured, and with
    `crawled` for one that nothing is read from."""
    known = {source.id: source for source in loaded.sources}
    if missing := [name for name in wanted if name not in known]:
        raise UsageError(f"there is no source '{missing[0]}'", remedy=f"configured are: {', '.join(known)}")
    if crawled and (posted := [name for name in wanted if not known[name].crawled]):
        raise UsageError(
            f"'{posted[0]}' is what staff post at the desk", remedy="there is nothing to read; look at the desk"
        )
    return tuple(known[name] for name in wanted) or tuple(source for source in loaded.crawled if source.enabled)


def _crawl(show: Show, loaded: Config, sources: Sequence[Source], store: Store) -> int:
    # Scrapy takes half a second to import, and only crawling needs it.
    from spiders.crawl import crawl

    with show.bars():
        crawl(
            sources,
            Intake(store, clock.now),
            user_agent=user_agent(loaded),
            now=clock.now(),
            on_progress=show.advance,
            proxy=loaded.proxy,
        )
    runs = {run.source: run for run in store.runs.latest()}
    read = [runs[source.id] for source in sources if source.id in runs]
    for run in read:
        show.step("crawl", told(run))
    if forgotten := store.documents.forget(clock.now() - KEPT):
        show.step(
            "crawl", f"{forgotten} kept answers forgotten: older than {KEPT.days} days, nothing was read from them"
        )
    return DONE if len(read) == len(sources) and all(run.status is RunStatus.GOOD for run in read) else SOURCE_FAILED


def user_agent(loaded: Config) -> str:
    """By what hosts know us, and whom they can write to."""
    return f"procurement-notifier/{__version__} ({loaded.town.name}; +mailto:{loaded.town.contact})"


def told(run: SourceRun) -> str:
    """One run in one line."""
    counts = f"{run.listed} listed, {run.held} held: {run.new} new, {run.changed} changed, {run.unchanged} unchanged"
    failed = f", {run.failed} failed" if run.failed else ""
    status = run.status.value if run.status else "cut off"
    message = f" – {run.message}" if run.message else ""
    return f"{run.source}: {status}; {counts}{failed}{message}"


def _assess(job: Job) -> int:
    verdicts: Counter[Verdict] = Counter()
    for batch in batches(job.store.assessments.waiting(job.rules.version), 500):
        results = [Assessed(item.number, assess(item.lot, item.notice, job.rules, job.model)) for item in batch]
        job.store.assessments.save(results, clock.now())
        verdicts.update(result.assessment.verdict for result in results)
    for view in job.store.agreements.waiting(job.rules.version):
        job.store.agreements.save_trades(
            view.uid, agreement_trades(view.agreement, job.rules), job.rules.version, clock.now()
        )
    refresh(job.store, job.rules.trades, clock.now(), followed=followed(job.config))
    told = ", ".join(f"{verdicts[verdict]} {verdict.value}" for verdict in reversed(Verdict))
    job.show.step("assess", f"{verdicts.total()} lots: {told}" if verdicts else "nothing new to assess")
    return DONE


def _sample(job: Job) -> int:
    """Before officers see what was judged: of what they have confirmed at once nothing can be drawn any more."""
    asked = draw_sample(job.store, clock.now())
    if asked:
        refresh(job.store, job.rules.trades, clock.now(), followed=followed(job.config))
        job.show.step(
            "sample",
            f"{asked.drawn} of {asked.frame} lots drawn by chance, this week's sample for staff to answer: "
            "marked in the inbox, and listed by 'notifier queue'",
        )
    return DONE


@dataclass(frozen=True, slots=True)
class _Held:
    """Lots as the site reads them (site.documents.Lots)."""

    store: Store
    config: Config
    now: dt.datetime

    def all(self) -> Iterator[tuple[LotView, bool]]:
        places, own = self.config.places, own_numbers(self.config.buyers)
        for view in self.store.lots.views(self.now):
            yield view, in_scope(view.lot, view.notice.buyers, places, own)

    def of(self, uids: Sequence[str]) -> Iterator[LotView]:
        return self.store.lots.views(self.now, uids=uids)


def _publish(job: Job) -> int:
    with publish.seldom_collected():
        return _published(job)


def _published(job: Job) -> int:
    own = (job.store, job.config, job.rules.trades)
    done = _put_into_folder(job, told_quarters(*own, clock.now(), clock.real()))
    before = job.store.publications.fingerprints()
    changed = done.fingerprints.items() - before.items()
    job.store.publications.record((Published(*item) for item in changed), clock.now())
    job.store.publications.forget(before.keys() - done.fingerprints.keys())
    try:
        write_staff(job.config, job.store)
    except PublishError as error:  # readers get their mails all the same: what they are told is public
        job.show.step("publish", f"the page for staff: {error}")
        return FAILED
    return DONE


def _elsewhere(to: Path | None, base_url: str | None) -> Step:
    """Publishing into another folder, or for another address. Where it is the configured place after all, it counts."""

    def step(job: Job) -> int:
        own = job.config
        other = elsewhere(own, to, base_url)
        if other == own:
            return _publish(job)
        if other.site == own.site:
            raise UsageError(
                f"the public site is for {own.town.base_url}, and would be written over for {other.town.base_url}",
                where=str(own.site),
                remedy="name another folder with --to; a site that moves gets its new address in [town] base_url",
            )
        # A folder of its own tells all quarters that would be told; nothing of it is kept.
        told = trial_quarters(job.store, own, job.rules.trades, clock.now())
        _put_into_folder(replace(job, config=other), told)
        job.show.step(
            "publish",
            f"for {other.town.base_url}; a trial or a copy: for the mails nothing of it counts as published, that is "
            f"what stands in {own.site} for {own.town.base_url}",
        )
        return DONE

    return step


def _holdings(job: Job, now: dt.datetime, told: tuple[Figures, ...]) -> publish.Holdings:
    store = job.store
    return publish.Holdings(
        _Held(store, job.config, now),
        agreements=store.agreements.views(),
        runs=tuple(store.runs.recent(source.id for source in job.config.crawled if source.enabled)),
        aliases=store.lots.aliases(),
        former=store.agreements.former(),
        retracted=store.agreements.retracted(),
        readings=tuple(store.runs.weekly()),
        told=told,
    )


def _put_into_folder(job: Job, told: tuple[Figures, ...]) -> publish.Published:
    now = clock.now()
    with job.store.still(), job.show.bars():
        done = publish.publish(
            _holdings(job, now, told),
            publish.Imprint(
                job.config.town, tuple(job.rules.trades), job.config.sources, job.config.door, job.config.open_data
            ),
            job.config.site,
            now,
            lambda done, total: job.show.advance("publish", done, total),
        )
    job.show.step(
        "publish",
        f"{done.written} files written, {done.unchanged} unchanged, {done.removed} removed: {job.config.site}",
    )
    return done


def write_staff(loaded: Config, store: Store) -> Path:
    """Write the page for staff as things stand, and say where. The caller holds the lock."""
    now = clock.now()
    store.pairs.note(probable_pairs(store.lots.views(now, live=True)), now)
    receipts = [receipt(store, source) for source in loaded.crawled]
    return write_staff_pages(receipts, store.pairs.waiting(), loaded.town, loaded.staff, now)


def _digest(job: Job) -> int:
    tell_restored(job.show, job.config, job.store)
    names = trade_names(job.rules.trades)
    with job.show.bars():
        report = dispatch.build_digests(
            job.store,
            job.config,
            clock.now(),
            names,
            on_progress=lambda done, total: job.show.advance("digest", done, total),
        )
    job.show.step("digest", f"{report.built} queued, {report.nothing_new} with nothing new")
    if report.merged:
        job.show.step("digest", f"what was new in periods without a digest is told now: {', '.join(report.merged)}")
    if report.taken_back:
        job.show.step("digest", f"{report.taken_back} that had not left in time were built anew")
    for group in job.store.withheld.groups():
        job.show.step("digest", f"not announced: {described(group)}; see 'notifier withheld list'")
    for error in report.errors:
        job.show.step("digest", error)
    return FAILED if report.errors else DONE


def _deliver(job: Job) -> int:
    journal = tell_restored(job.show, job.config, job.store)
    came_back = _read_returns(job)
    if forgotten := forget_who_left(job.store, clock.now()):
        job.show.step("deliver", f"addresses forgotten, never confirmed, long gone or long paused: {forgotten}")
    if forgotten := job.store.actions.forget(clock.now() - ACTIONS_KEPT):
        job.show.step("deliver", f"lines of the desk's log forgotten, two years old: {forgotten}")
    leaving = bool(job.store.outbox.due(clock.now()))
    if leaving:
        begin_delivery(job.store, journal, clock.now())
    with job.show.bars():
        report = deliver(
            job.store,
            transport_for(job.config.mail, job.config.outbox),
            clock.now(),
            manner=manner_of(job.config.mail, journal),
            on_progress=lambda done, total: job.show.advance("deliver", done, total),
        )
    if leaving:
        end_delivery(job.store, journal, clock.now())
    where = job.config.mail.relay or str(job.config.outbox)
    waiting = f", {report.waiting} waiting" if report.waiting else ""
    held = f", {report.held} held in doubt (see 'notifier outbox list')" if report.held else ""
    job.show.step("deliver", f"{report.sent} sent, {report.failed} failed{waiting}{held}: {where}")
    for error in report.errors:
        job.show.step("deliver", error)
    return FAILED if report.failed or report.held or report.stopped or not came_back else DONE


def _read_returns(job: Job) -> bool:
    """Bounces and answers by mail; False where they could not be read, which keeps nobody's mail."""
    journal, came = Journal(job.config.journal), list[Returned]()

    def take_one(raw: bytes) -> bool:
        came.append(take(job.store, journal, job.config.mail, raw, clock.now()))
        return came[-1].came is not Came.UNKNOWN

    try:
        read_mailbox(job.config.mail, take_one)
    except DeliveryError as error:
        job.show.step("returns", str(error))
        return False
    if came:
        job.show.step("returns", _told_returns(job.config, came))
    return True


def _told_returns(loaded: Config, came: Sequence[Returned]) -> str:
    """What came back, of whom by number; where to look at what nobody here understands."""
    parts = []
    for kind, count in counted(came).items():
        numbers = sorted({one.subscriber for one in came if one.came is kind and one.subscriber})
        whose = f" (subscriber {', '.join(map(str, numbers))})" if numbers else ""
        parts.append(f"{count} {kind.value}{whose}")
        if kind is Came.UNKNOWN:
            parts[-1] += f", left unread for people in {loaded.mail.imap or loaded.mail.bounces}"
        if kind is Came.POLICY:
            parts[-1] += ": such a refusal is about us, ask whoever runs the relay"
    if again := sorted({one.subscriber for one in came if one.in_a_row}):
        parts.append(
            f"the mail before came back too (subscriber {', '.join(map(str, again))}), so what this one told is not "
            "told anew"
        )
    return "; ".join(parts)
