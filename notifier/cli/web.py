"""The pages that answer, and the desk: each served by waitress at a place of its own until it is stopped."""

from __future__ import annotations

import logging
import socket
from pathlib import Path

import click

from notifier import clock
from notifier.catalogue import followed, refresh
from notifier.cli.context import DONE, Context, open_watched
from notifier.errors import NotifierError, UsageError
from notifier.suitability import load_rules

# It tells of every visitor who waits for a moment.
logging.getLogger("waitress.queue").setLevel(logging.ERROR)
# Of proxies' headers X-Forwarded-For alone is read, and only from those that [web] or [desk] trusts (web/visitors.py):
# waitress can trust one address, and would take what it says away from us.
_THREADS = 8  # each waits for the disk most of the time
# Beyond so many connections waitress takes no more; its own limit of 100 is reached by whoever opens a hundred and says
# nothing. The proxy keeps those away (docs/desk/access.md). Most machines let a process have 1024 files open.
_CONNECTIONS = 800


@click.command("web")
@click.pass_obj
def web_command(context: Context) -> int:
    """Serve search, lots, agreements, sign-up and the subscribers' own pages.

    At [web] listen, to a proxy that shows them at [web] address.
    """
    # Flask and waitress take a quarter of a second to import, and only this needs them.
    import waitress

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
    application = make_application(loaded, rules)
    host, port = loaded.listen
    _look_whether_free("web", host, port, loaded.folder / "notifier.toml")
    context.show.line(f"serving {loaded.door.address} at http://{host}:{port}")
    waitress.serve(
        application, host=host, port=port, threads=_THREADS, ident=None, clear_untrusted_proxy_headers=False,
        max_request_body_size=128 * 1024, channel_timeout=30, connection_limit=_CONNECTIONS, asyncore_use_poll=True,
    )  # fmt: skip
    return DONE


@click.command("desk")
@click.pass_obj
def desk_command(context: Context) -> int:
    """Serve the staff's pages at [desk] listen, to a proxy that shows them at [desk] address."""
    import waitress

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
    host, port = loaded.desk.listen
    _look_whether_free("desk", host, port, loaded.folder / "notifier.toml")
    context.show.line(f"serving {loaded.desk.address} at http://{host}:{port}")
    waitress.serve(
        make_desk(loaded, rules), host=host, port=port, threads=_THREADS, ident=None,
        clear_untrusted_proxy_headers=False, max_request_body_size=4 * 1024 * 1024, channel_timeout=30,
        connection_limit=_CONNECTIONS, asyncore_use_poll=True,
        # No draft of a tender is written into a temporary file on its way in, or out again.
        inbuf_overflow=4 * 1024 * 1024, outbuf_overflow=32 * 1024 * 1024,
    )  # fmt: skip
    return DONE


def _look_whether_free(table: str, host: str, port: int, settings: Path) -> None:
    """Raises NotifierError where nothing can be served at that place."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        raise NotifierError(
            f"nothing can be served at {host}:{port}: {error.strerror}",
            where=str(settings),
            remedy=f"end what serves there already, or give another place to listen at, [{table}] listen",
        ) from error


COMMANDS = (web_command, desk_command)
