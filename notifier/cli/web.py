"""The pages that answer, served by waitress until they are stopped."""

from __future__ import annotations

import socket
from pathlib import Path

import click

from notifier.cli.context import DONE, Context, open_watched
from notifier.errors import NotifierError, UsageError
from notifier.suitability import load_rules

_THREADS = 8  # each waits for the disk most of the time


@click.command("web")
@click.pass_obj
def web_command(context: Context) -> int:
    """Serve sign-up and the subscribers' own pages at [web] listen, to a proxy that shows them at [web] address."""
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
    open_watched(context, loaded, create=True).close()
    application = make_application(loaded, load_rules(loaded.rules))
    host, port = loaded.listen
    _look_whether_free(host, port, loaded.folder / "notifier.toml")
    context.show.line(f"serving {loaded.door.address} at http://{host}:{port}")
    # What a visitor says of themselves in headers of proxies is not believed; nothing here depends on it.
    waitress.serve(
        application, host=host, port=port, threads=_THREADS, ident=None, clear_untrusted_proxy_headers=True,
        max_request_body_size=128 * 1024, channel_timeout=30,
    )  # fmt: skip
    return DONE


def _look_whether_free(host: str, port: int, settings: Path) -> None:
    """Raises NotifierError where nothing can be served at that place."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        raise NotifierError(
            f"nothing can be served at {host}:{port}: {error.strerror}",
            where=str(settings),
            remedy="end what serves there already, or give another [web] listen",
        ) from error


COMMANDS = (web_command,)
