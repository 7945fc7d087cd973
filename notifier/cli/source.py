"""`notifier source try`: what a source's description catches, for whoever writes one. Nothing is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import click

from notifier import __version__, clock, config
from notifier.buyers import FILE as BUYERS
from notifier.buyers import Buyer, read_buyers
from notifier.cli import trying
from notifier.cli.context import DONE, SOURCE_FAILED, Context
from notifier.cli.paper import Page
from notifier.config import Source
from notifier.errors import ConfigError, Mistake, UsageError
from notifier.toml import read_table


@click.group("source")
def group() -> None:
    """Sources: try one before it is crawled."""


@group.command("try")
@click.argument("url", required=False, default="")
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    help="The source's file, or a configuration folder.  [default: the folder of --config before the command]",
)
@click.option("--source", "source_id", default="", help="Which source of the folder, where several fit the URL.")
@click.option("--details", type=click.IntRange(0, 10), default=1, show_default=True, help="Pages of tenders to read.")
@click.pass_obj
def source_try(context: Context, url: str, path: Path | None, source_id: str, details: int) -> int:
    """Read one list page, and the first tender, as a source's file describes them, and show what was caught.

    URL is the list page, an address such as https://kommune.example/udbud; left out, the one in the source's file.
    robots.txt, refused addresses and pauses are minded as in a crawl. Nothing is stored, mailed or published.
    """
    # Scrapy takes half a second to import, and only crawling needs it.
    from spiders.base import mistakes
    from spiders.crawl import KIND_MODULES  # importing it registers every kind
    from spiders.trial import try_source

    assert KIND_MODULES
    path = path or context.folder
    if url and urlsplit(url).scheme not in ("http", "https"):
        raise UsageError(f"'{url}' is no web address", remedy="give one that starts with https:// or http://")
    source = config.read_source(path, mistakes) if path.is_file() else _of_folder(path, url, source_id)
    if not source.crawled:
        raise UsageError(f"'{source.id}' is what staff post at the desk", remedy="there is nothing to read")
    if found := mistakes(source, str(path)):
        raise ConfigError(tuple(found))
    tried = replace(source, url=url or source.url, buyers=_buyers(path))
    show = context.show
    width = min(show.console.width, 100) if show.console.is_terminal else 80
    page = Page(max(width, 40) - 1, show.line)
    page.heading(f"Trying {source.id} ({source.kind})")
    page.say(f"{tried.url}")
    if source.delay_s:
        page.say(f"One request every {source.delay_s:g} seconds, as in a crawl.")
    agent = f"procurement-notifier/{__version__} ({_who(path)})"
    outcome = try_source(tried, details=details, user_agent=agent, now=clock.now())
    return DONE if trying.report(tried, outcome, page, str(path)) else SOURCE_FAILED


def _of_folder(folder: Path, url: str, source_id: str) -> Source:
    """The source of a folder that is meant: by its id, or by the address that is most like the URL."""
    from spiders.base import mistakes

    if not folder.is_dir():
        raise UsageError("there is no such file or folder", where=str(folder), remedy="give the source's file")
    files = sorted([*(folder / "sources").glob("*.toml"), *folder.glob("*.toml")])
    files = [file for file in files if file.name not in ("notifier.toml", "suitability.toml") and not _posted(file)]
    meant = files
    if source_id:
        meant = [file for file in files if file.stem == source_id]
    elif url:
        meant = _likest(files, url) or files
    if len(meant) == 1 and (source_id or not url or _likest(meant, url)):
        return config.read_source(meant[0], mistakes)
    names = ", ".join(file.stem for file in meant or files) or "none that ends in .toml"
    raise UsageError(
        f"which source is meant? In {folder} are: {names}",
        remedy="add --source and its name, or give the source's own file to --config",
    )


def _posted(file: Path) -> bool:
    """Whether nothing is read from a source, for staff post it themselves."""
    table = read_table(file, [])
    return table is not None and table.text("kind") == config.POSTED


def _likest(files: Sequence[Path], url: str) -> list[Path]:
    """The files whose address shares the host and the longest beginning with the URL."""
    shared: dict[Path, int] = {}
    for file in files:
        try:
            own = config.read_source(file).url
        except ConfigError:
            continue  # it is told when it is chosen by its name
        if urlsplit(own).netloc == urlsplit(url).netloc:
            shared[file] = next((at for at, (a, b) in enumerate(zip(own, url, strict=False)) if a != b), len(own))
    return [file for file in shared if shared[file] == max(shared.values())]


def _installation(path: Path) -> Path | None:
    """The folder of the configuration around a source's file."""
    return next((at for at in (path, *path.resolve().parents[:2]) if (at / "notifier.toml").is_file()), None)


def _buyers(path: Path) -> tuple[Buyer, ...]:
    """The buyers that the installation follows; ConfigError where their file has a mistake."""
    folder, found = _installation(path), list[Mistake]()
    buyers = read_buyers(folder / BUYERS, found) if folder else ()
    if found:
        raise ConfigError(tuple(found))
    return buyers


def _who(path: Path) -> str:
    """Who asks, as a crawl would say: the town of the configuration around the file, else nobody in particular."""
    folder = _installation(path)
    try:
        town = config.load(folder).town if folder else None
    except ConfigError:
        town = None
    return f"{town.name}; +mailto:{town.contact}" if town else "a source is tried"
