"""The command line: the composition root, the only place that knows everyone.

    context.py      what every command is given
    steps.py        crawl, assess, publish, digest, deliver, and run, which is all of them in this order
    looking.py      check, export, init, demo
    receipts.py     what was read of each source, for staff
    backfill.py     earlier years of a source, month by month
    reparse.py      kept documents, read again after a parser was mended
    subscribers.py  who is written to
    staff.py        who may sign in at the desk
    outbox.py       mails that wait for a person
    withheld.py     what is announced to nobody until an officer says so
    effects.py      what was told of a quarter, taken back
    web.py          the pages that answer
    pairs.py        what looks alike, and the history of a lot
    tags.py         staff's word on a lot
    explain.py      why a lot is marked as it is
    draft.py        what a planned lot would be, before it is published
    judging.py      which rules and which model judge
    learning.py     train, promote, evaluate, queue; labelled.py gathers what they learn from
    source.py       a source is tried before it is crawled; trying.py says what came of it
    demo.py         the main job on the sample town

Exit statuses: 0 done, 1 error, 2 usage or configuration, 3 a source failed and the rest is done, 75 another run
holds the lock.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click

from notifier import __version__, clock
from notifier.cli import (
    backfill,
    draft,
    effects,
    explain,
    learning,
    looking,
    outbox,
    pairs,
    receipts,
    reparse,
    source,
    staff,
    steps,
    subscribers,
    tags,
    web,
    withheld,
)
from notifier.cli.context import DONE, FAILED, Context
from notifier.errors import NotifierError
from notifier.progress import Show


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and answer its exit status. Errors that are meant for people go to standard error."""
    _log_warnings()
    try:
        status = cli.main(args=list(arguments) if arguments is not None else None, standalone_mode=False)
        sys.stdout.flush()  # here, where a full disk can still be told
        return status if isinstance(status, int) else DONE
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("notifier: stopped", err=True)
        return FAILED
    except BrokenPipeError:  # whoever read our lines has enough of them
        _give_up_output()
        return FAILED
    except OSError as error:
        where = error.filename or "standard output"
        click.echo(f"notifier: {error.strerror or error} ({where}): make room, or give the right to write", err=True)
        _give_up_output()
        return FAILED
    except NotifierError as error:
        for line in str(error).splitlines():
            click.echo(f"notifier: {line}", err=True)
        return error.exit_status


def _give_up_output() -> None:
    """The interpreter flushes standard output once more at its end, and would fail with what is left in it."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _log_warnings() -> None:
    """Warnings and worse to standard error. The handler has the level: libraries turn their own loggers up."""
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    # What a source says of itself stands in the line of its outcome.
    logging.getLogger("spiders").setLevel(logging.ERROR)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def _moment(_context: click.Context, _parameter: click.Parameter, value: str | None) -> dt.datetime | None:
    if value is None:
        return None
    try:
        return dt.datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"'{value}' is no moment; give one such as 2026-11-23T07:00") from None


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="notifier")
@click.option(
    "--config",
    "folder",
    envvar="NOTIFIER_CONFIG",
    type=click.Path(path_type=Path),
    default=Path("config"),
    show_default=True,
    help="Folder with notifier.toml, sources/ and suitability.toml.",
)
@click.option(
    "--db",
    "database",
    envvar="NOTIFIER_DB",
    type=click.Path(path_type=Path),
    help="Database, instead of the configured one. Site and outbox stay the configured ones.",
)
@click.option("--now", callback=_moment, help="Pretend that it is this moment (ISO 8601); for demos and tests.")
@click.pass_context
def cli(context: click.Context, folder: Path, database: Path | None, now: dt.datetime | None) -> None:
    """Find the public contracts that suit social enterprises, say why, and bring them to the right mailbox."""
    if now is not None:
        clock.pretend(now)
    context.obj = Context(folder, database, Show())


for command in (
    *steps.COMMANDS,
    *looking.COMMANDS,
    *receipts.COMMANDS,
    *backfill.COMMANDS,
    *pairs.COMMANDS,
    *reparse.COMMANDS,
    *tags.COMMANDS,
    *explain.COMMANDS,
    *draft.COMMANDS,
    *learning.COMMANDS,
    *web.COMMANDS,
    subscribers.group,
    staff.group,
    outbox.group,
    withheld.group,
    effects.group,
    source.group,
):
    cli.add_command(command)
