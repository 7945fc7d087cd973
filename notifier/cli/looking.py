"""Looking and setting up: check, export, init, demo."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import click

from notifier import buyers, config, export
from notifier.cli.context import DONE, Context, open_store
from notifier.cli.demo import run_demo
from notifier.cli.steps import chosen
from notifier.config import CRAWLED_KINDS, Config
from notifier.errors import UsageError
from notifier.resources import resource
from notifier.store import Store
from notifier.suitability import Rules, assess, load_rules


@click.command("check")
@click.pass_obj
def check_command(context: Context) -> int:
    """Look at the configuration alone, and explain every mistake in it."""
    # Scrapy takes half a second to import; only what looks at selectors needs it.
    from spiders.base import mistakes
    from spiders.crawl import KIND_MODULES  # importing it registers every kind

    assert set(KIND_MODULES) == set(CRAWLED_KINDS)
    loaded = config.load(context.folder, database=context.database, check_source=mistakes)
    rules = load_rules(loaded.rules)
    sources = ", ".join(f"{source.id}{'' if source.enabled else ' (off)'}" for source in loaded.sources)
    for note in _notes(loaded):
        context.show.line(f"note: {note}")
    context.show.line(f"no mistakes: {loaded.town.name}; sources {sources}; {len(rules.trades)} trades")
    return DONE


def _notes(loaded: Config) -> Iterator[str]:
    """What is no mistake, but hardly meant."""
    if loaded.town.contact.endswith(".example") or ".example" in loaded.town.base_url:
        yield "notifier.toml still has the addresses that it came with: contact and base_url are what readers are told"
    if not loaded.town.accessibility:
        yield "[town] accessibility is not set: Danish law wants a statement at was.digst.dk that every page leads to"
    for source in loaded.sources:
        host = urlsplit(source.url).hostname or ""
        if host in ("localhost", "127.0.0.1", "::1") and not source.allow_private_address:
            yield f"{source.id}: {host} will be refused unless allow_private_address = true"
        if host.endswith(".example"):
            yield f"{source.id}: {host} is the address of the example"
        if source.kind == "ted" and not source.filter.get("query") and not loaded.buyers:
            yield f"{source.id}: without buyers.csv or filter.query it reads all of TED, every buyer in Europe"
        if source.kind == "udbud" and not loaded.buyers:
            yield f"{source.id}: without buyers.csv it reads every buyer in Denmark"
    yield from _mail_notes(loaded)
    yield from _proxy_notes(loaded)
    known = {one.name.casefold() for one in loaded.buyers}
    if known and loaded.town.name.casefold() not in known:
        others = ", ".join(one.name for one in loaded.buyers[:3])
        yield f"buyers.csv follows {others}, and not {loaded.town.name}: whose tenders shall be read?"
    if loaded.mail.sender_name and loaded.town.name not in loaded.mail.sender_name:
        yield f"[mail] sender_name is '{loaded.mail.sender_name}': that is who readers think has written"
    yield from buyers.notes(loaded.buyers)


def _proxy_notes(loaded: Config) -> Iterator[str]:
    """Behind a proxy that is not trusted, everybody seems to come from the same place."""
    for name, served, listen, trusted in (
        ("web", bool(loaded.door), loaded.listen, loaded.trusted_proxies),
        ("desk", bool(loaded.desk), loaded.desk.listen, loaded.desk.trusted_proxies),
    ):
        inside = listen[0] in ("127.0.0.1", "::1", "localhost")
        if served and not inside:
            yield (
                f"[{name}] listen is {listen[0]}:{listen[1]}, where others than your proxy may ask, without TLS; a "
                "proxy on this machine needs 127.0.0.1 alone, one elsewhere a firewall that lets nobody else in"
            )
        if served and not trusted and inside:
            yield (
                f"[{name}] no proxy is trusted, so all visitors are counted as one where tries are limited; if yours "
                'adds the visitor\'s address to X-Forwarded-For, say trusted_proxies = ["127.0.0.1"]'
            )


def _mail_notes(loaded: Config) -> Iterator[str]:
    mail = loaded.mail
    if bool(mail.return_path) != bool(mail.bounces or mail.imap):
        yield "[mail] return_path, and bounces or imap, belong together: else what comes back is read by nobody"


@click.command("export")
@click.argument("what", type=click.Choice(["lots"]), expose_value=False)
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option("--source", "source_ids", multiple=True, help="Only of this source; may be given several times.")
@click.pass_obj
def export_command(context: Context, form: str, source_ids: tuple[str, ...]) -> int:
    """Write every lot of every notice version held, one a line, to standard output."""
    loaded = context.load()
    rules = load_rules(loaded.rules)
    with open_store(loaded, create=False) as store:
        lines = _lines(
            store,
            rules,
            frozenset(source.id for source in chosen(loaded, source_ids, crawled=False)) if source_ids else None,
        )
        for text in (export.as_csv if form == "csv" else export.as_jsonl)(lines):
            sys.stdout.write(text)
    return DONE


def _lines(store: Store, rules: Rules, sources: frozenset[str] | None) -> Iterator[export.Line]:
    """What is not assessed yet is assessed here: every line has a verdict."""
    for version in store.notices.versions():
        if sources is not None and version.notice.source not in sources:
            continue
        for lot, known in zip(version.notice.lots, version.assessments, strict=True):
            yield export.lot_line(version.notice, lot, known or assess(lot, version.notice, rules))


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
@click.pass_obj
def init_command(context: Context, folder: Path) -> int:
    """Write a configuration FOLDER to start from."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("this is no empty folder", where=str(folder), remedy="name a new one; nothing is overwritten")
    shipped = resource("config")
    shutil.copytree(shipped, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*"))
    # Each town has a database, an outbox and a site of its own, inside its folder.
    settings = folder / "notifier.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace('"../var/', '"var/'), encoding="utf-8")
    context.show.line(f"Written to {folder}. Now:")
    context.show.line(f"  1. put your town's name, contact and addresses into {folder / 'notifier.toml'}")
    context.show.line(
        f"  2. put the buyers whose tenders are read into {folder / 'buyers.csv'}, with their CVR numbers"
    )
    context.show.line(f"  3. describe your sources in {folder / 'sources'}, one file each")
    context.show.line(f"  4. notifier --config {folder} check")
    context.show.line(f"  5. notifier --config {folder} run")
    return DONE


@click.command("demo")
@click.option("--to", "folder", type=click.Path(path_type=Path), default=Path("var/demo"), show_default=True)
@click.pass_obj
def demo_command(context: Context, folder: Path) -> int:
    """Run the main job on the sample town, two days of it, and say where to look."""
    return run_demo(folder, context.show)


COMMANDS = (check_command, export_command, init_command, demo_command)
