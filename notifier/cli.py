"""The command line: the composition root, the only module that knows everyone.

Exit statuses: 0 done, 1 error, 2 usage or configuration, 3 a source failed and the rest is done, 75 another run
holds the lock.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from notifier import __version__, clock, config, dispatch, export, publish
from notifier.config import Config, Mail, Source
from notifier.demo import run_demo
from notifier.errors import NotifierError, UsageError
from notifier.intake import Intake
from notifier.lock import one_run
from notifier.lots import RunStatus, SourceRun, Verdict
from notifier.outbox import deliver
from notifier.profiles import Cadence, Profile, SubscriberStatus
from notifier.progress import Show
from notifier.resources import resource
from notifier.store import Store
from notifier.suitability import Rules, assess, load_rules
from notifier.transport import MaildirTransport, SmtpTransport, Transport
from notifier.words import LANGUAGES

DONE, FAILED, SOURCE_FAILED = 0, 1, 3


@dataclass(frozen=True, slots=True)
class Context:
    """What every command is given: where the configuration lies, and which database is meant."""

    folder: Path
    database: Path | None
    show: Show

    def load(self) -> Config:
        """The checked configuration. Raises ConfigError with every mistake."""
        return config.load(self.folder, database=self.database)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and answer its exit status. Errors that are meant for people go to standard error."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        status = cli.main(args=list(arguments) if arguments is not None else None, standalone_mode=False)
        return status if isinstance(status, int) else DONE
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("notifier: stopped", err=True)
        return FAILED
    except NotifierError as error:
        for line in str(error).splitlines():
            click.echo(f"notifier: {line}", err=True)
        return error.exit_status


def _moment(_context: click.Context, _parameter: click.Parameter, value: str | None) -> dt.datetime | None:
    if value is None:
        return None
    try:
        return dt.datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"'{value}' is no moment; give one such as 2026-11-23T07:00") from None


@click.group(context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "NOTIFIER"})
@click.version_option(__version__, prog_name="notifier")
@click.option(
    "--config", "folder", type=click.Path(path_type=Path), default=Path("config"), show_default=True,
    help="Folder with notifier.toml, sources/ and suitability.toml.",
)  # fmt: skip
@click.option("--db", "database", type=click.Path(path_type=Path), help="Database, instead of the configured one.")
@click.option("--now", callback=_moment, help="Pretend that it is this moment (ISO 8601); for demos and tests.")
@click.pass_context
def cli(context: click.Context, folder: Path, database: Path | None, now: dt.datetime | None) -> None:
    """Find the public contracts that suit social enterprises, say why, and bring them to the right mailbox."""
    if now is not None:
        clock.pretend(now)
    context.obj = Context(folder, database, Show())


# -- the steps -----------------------------------------------------------------------------------------------------


@cli.command("crawl")
@click.argument("source_ids", metavar="[SOURCE]...", nargs=-1)
@click.pass_obj
def crawl_command(context: Context, source_ids: tuple[str, ...]) -> int:
    """Read the sources, all that are enabled or those that are named."""
    loaded = context.load()
    sources = _chosen(loaded, source_ids)
    with _store(context, loaded) as store, one_run(loaded.database, clock.now()):
        return _crawl(context.show, loaded, sources, store)


@cli.command("assess")
@click.pass_obj
def assess_command(context: Context) -> int:
    """Give every lot that has none its verdict; all of them where the rules have changed."""
    return _step(context, _assess)


@cli.command("publish")
@click.pass_obj
def publish_command(context: Context) -> int:
    """Write the public pages and feeds."""
    return _step(context, _publish)


@cli.command("digest")
@click.pass_obj
def digest_command(context: Context) -> int:
    """Build the digests that are due and put them into the outbox."""
    return _step(context, _digest)


@cli.command("deliver")
@click.pass_obj
def deliver_command(context: Context) -> int:
    """Hand the outbox over to the relay, or write it into the Maildir where there is none."""
    return _step(context, _deliver)


@cli.command("run")
@click.pass_obj
def run_command(context: Context) -> int:
    """Everything once: crawl, assess, publish, digest, deliver. Nothing is mailed that is not public."""
    loaded = context.load()
    with _store(context, loaded) as store, one_run(loaded.database, clock.now()):
        status = _crawl(context.show, loaded, _chosen(loaded, ()), store)
        steps = (_assess, _publish, _digest, _deliver)
        statuses = [step(context.show, loaded, store) for step in steps]
    return FAILED if any(statuses) else status


Step = Callable[[Show, Config, Store], int]


def _step(context: Context, step: Step) -> int:
    loaded = context.load()
    with _store(context, loaded, create=False) as store, one_run(loaded.database, clock.now()):
        return step(context.show, loaded, store)
