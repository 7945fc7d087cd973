"""The pages that answer, and the desk: each served by waitress at a place of its own until it is stopped."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from notifier import clock
from notifier.catalogue import followed, refresh
from notifier.cli.context import DONE, Context, open_watched
from notifier.errors import NotifierError, UsageError
from notifier.suitability import load_rules

if TYPE_CHECKING:
    import flask

# It tells of every visitor who waits for a moment.
logging.getLogger("waitress.queue").setLevel(logging.ERROR)
# Of proxies' headers X-Forwarded-For alone is read, and only from those that [web] or [desk] trusts (web/visitors.py):
# waitress can trust one address, and would take what it says away from us.
# In each process. They wait for each other more than for the disk: with eight, 99 of 100 pages of the inbox took
# 337 ms, with three 283 (20,000 lots, 50 clients, two processes on two cores); with one, a long search would hold up
# all others.
_THREADS = 3
# Beyond so many connections waitress takes no more; its own limit of 100 is reached by whoever opens a hundred and says
# nothing. The proxy keeps those away (docs/desk/access.md). Most machines let a process have 1024 files open.
_CONNECTIONS = 800
_PROCESSES = click.option(
    "--processes",
    type=click.IntRange(1, 16),
    default=min(os.cpu_count() or 1, 4),
    show_default="one for each processor, at most 4",
    help="How many serve: in one, only one page is made at a time.",
)


@click.command("web")
@_PROCESSES
@click.pass_obj
def web_command(context: Context, processes: int) -> int:
    """Serve search, lots, agreements, sign-up and the subscribers' own pages.

    At [web] listen, to a proxy that shows them at [web] address.
    """
    # Flask and waitress take a quarter of a second to import, and only this needs them.
    from notifier.web import make_application

    loaded = context.load()
    if not loaded.door:
        raise UsageError(
            "the pages have no address",
            where=str(loaded.folder / "notifier.toml"),
            remedy='give [web] address = "https://…", under which the proxy shows them',
        )
    # Mistakes are told before anybody asks, and who left since a backup was made is not written to.
    rules = load_rules(loaded.rules)
    with open_watched(context, loaded, create=True) as store:
        refresh(store, rules.trades, clock.now(), followed=followed(loaded))
    taken = _listening("web", loaded.listen, loaded.folder / "notifier.toml")
    context.show.line(f"serving {loaded.door.address} at {_named(loaded.listen)}")
    _serve(taken, processes, lambda: make_application(loaded, rules), max_request_body_size=128 * 1024)
    return DONE


@click.command("desk")
@_PROCESSES
@click.pass_obj
def desk_command(context: Context, processes: int) -> int:
    """Serve the staff's pages at [desk] listen, to a proxy that shows them at [desk] address."""
    from notifier.desk import make_desk

    loaded = context.load()
    if not loaded.desk:
        raise UsageError(
            "the desk has no address",
            where=str(loaded.folder / "notifier.toml"),
            remedy='give [desk] address = "https://…", under which staff open it',
        )
    rules = load_rules(loaded.rules)
    with open_watched(context, loaded, create=True) as store:
        refresh(store, rules.trades, clock.now(), followed=followed(loaded))
    taken = _listening("desk", loaded.desk.listen, loaded.folder / "notifier.toml")
    context.show.line(f"serving {loaded.desk.address} at {_named(loaded.desk.listen)}")
    _serve(
        taken, processes, lambda: make_desk(loaded, rules), max_request_body_size=4 * 1024 * 1024,
        # No draft of a tender is written into a temporary file on its way in, or out again.
        inbuf_overflow=4 * 1024 * 1024, outbuf_overflow=32 * 1024 * 1024,
    )  # fmt: skip
    return DONE


def _named(listen: tuple[str, int]) -> str:
    return f"http://{listen[0]}:{listen[1]}"


def _listening(table: str, listen: tuple[str, int], settings: Path) -> socket.socket:
    """The place where pages are asked for. Raises NotifierError where nothing can be served there."""
    try:
        return socket.create_server(
            listen, family=socket.AF_INET6 if ":" in listen[0] else socket.AF_INET, backlog=1024
        )
    except OSError as error:
        raise NotifierError(
            f"nothing can be served at {listen[0]}:{listen[1]}: {error.strerror}",
            where=str(settings),
            remedy=f"end what serves there already, or give another place to listen at, [{table}] listen",
        ) from error


def _serve(taken: socket.socket, processes: int, make: Callable[[], flask.Flask], **more: Any) -> None:
    """Serve until it is stopped. All processes take from the same place; they share nothing but the database.

    The others end with this one, however it ends: each waits for the end of a pipe that only this one holds open.
    """
    import waitress

    lifeline, held = os.pipe()
    others: list[int] = []
    for _ in range(processes - 1):
        if number := os.fork():
            others.append(number)
            continue
        os.close(held)
        threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
        others.clear()
        break
    try:
        waitress.serve(
            make(), sockets=[taken], threads=_THREADS, ident=None, clear_untrusted_proxy_headers=False,
            channel_timeout=30, connection_limit=_CONNECTIONS, asyncore_use_poll=True, **more,
        )  # fmt: skip
    finally:
        taken.close()
        for number in others:
            os.kill(number, signal.SIGTERM)
            os.waitpid(number, 0)


def _end_with(lifeline: int) -> None:
    os.read(lifeline, 1)
    os._exit(0)


COMMANDS = (web_command, desk_command)
