"""The site's folder: what is written, what is left alone, what is removed."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from notifier.errors import ForeignFolder, NotifierError, PublishError
from notifier.ledger import LEDGER
from notifier.lots import AgreementView, LotAlias, LotState, LotView, Verdict
from notifier.publish import Published, read_known
from notifier.site.feed import Known
from notifier.site.fingerprints import lot_fingerprint
from notifier.site.sections import SECTIONS, lots
from notifier.site.signs import BEGINS, signed
from tests.notifier.editions import content_of, documents_of, edition_of, publish
from tests.notifier.examples import (
    NOW,
    RUNS,
    SOURCES,
    TOWN,
    TRADES,
    Handed,
    assessment,
    at,
    lot,
    lot_view,
    notice,
    some_agreements,
    some_lots,
)

ATOM = "{http://www.w3.org/2005/Atom}"


def put(
    folder: Path,
    lots: tuple[LotView, ...] = some_lots(),
    agreements: tuple[AgreementView, ...] = some_agreements(),
    now: dt.datetime = NOW,
    aliases: tuple[LotAlias, ...] = (),
) -> Published:
    return publish(Handed(lots), agreements, RUNS, TOWN, folder, now, trades=TRADES, sources=SOURCES, aliases=aliases)


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file that readers find below the folder, with what changes when it is written anew."""
    return {
        str(path.relative_to(folder)): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def pages_of_lots(folder: Path) -> set[str]:
    return {name for name in files(folder) if "opgaver/" in name}


def test_a_site_has_its_pages_feeds_and_style_in_both_languages(tmp_path: Path) -> None:
    done = put(tmp_path)
    names = set(files(tmp_path))
    assert done.written == len(names)
    pages = {"index.html", "opgaver.html", "aftaler.html", "atom.xml", "opgaver/rengoering-af-skoler-17a2.html"}
    assert names >= pages | {f"en/{page}" for page in pages} | {"style.css"}
    assert "opgaver/motorvejsbro-3300.html" not in names
    assert len([name for name in names if name.startswith("opgaver/")]) == 11


def test_publishing_the_same_again_writes_nothing(tmp_path: Path) -> None:
    first = put(tmp_path)
    before = files(tmp_path)
    again = put(tmp_path)
    snapshot = [name for name in before if name.startswith("data/2026-11/")]  # made once, and then left alone
    assert (again.written, again.unchanged, again.removed) == (0, first.written - len(snapshot), 0)
    assert files(tmp_path) == before
    assert again.fingerprints == first.fingerprints


def test_a_day_later_only_lists_and_pages_of_expired_lots_are_written(tmp_path: Path) -> None:
    put(tmp_path)
    before = files(tmp_path)
    put(tmp_path, now=at("2026-12-02", "06:10"))
    changed = {name for name, state in files(tmp_path).items() if before.get(name) != state}
    # The lot of 1 December has expired: its page, its sibling-free lists and its feeds say so; no other page does.
    expired = "opgaver/pleje-af-groenne-omraader-9c01.html"
    lists = {"index.html", "opgaver.html", "frister/2026-12.html", "atom.xml", "feed.json", "data.html"}
    lists |= {"fag.html", "fag/green.html"}
    lists |= {f"{feed}.{form}" for feed in ("fag/green", "maerker/reserved") for form in ("xml", "json")}
    lists.add("maerker/reserved.html")
    # And another week has begun: it has a page, to which the one before leads.
    lists |= {"uger.html", "uger/2026-47.html", "uger/2026-49.html"}
    data = {name for name in changed if name.startswith("data/2026-12/")}  # the snapshot of a new month
    data |= {"data/lots.csv", "data/lots.jsonl", "data/ocds/2026.json", "soeg-da.js", "soeg-en.js", "sitemap.xml"}
    assert changed == {prefix + name for prefix in ("", "en/") for name in (*lists, expired)} | data


def test_on_two_days_between_which_nothing_happens_the_same_is_published_from_nothing(tmp_path: Path) -> None:
    days = [NOW + dt.timedelta(days=1), NOW + dt.timedelta(days=2)]
    folders = [tmp_path / f"{day:%d}" for day in days]
    for folder, day in zip(folders, days, strict=True):
        put(folder, now=day)
    names = [files(folder).keys() for folder in folders]
    assert names[0] == names[1]
    other = {name for name in names[0] if len({(folder / name).read_bytes() for folder in folders}) > 1}
    # The front page says up to which day it tells; packages and snapshots on which day they were made. Where nothing is
    # remembered, every record became what it is on this day.
    tables = {f"{kind}.{form}" for kind in ("lots", "agreements") for form in ("csv", "jsonl")} | {"ocds/2026.json"}
    data = tables | {f"2026-11/{name}" for name in (*tables, "README.md", "datapackage.json")}
    pages = {"index.html", "en/index.html", "data.html", "en/data.html"}
    assert other == pages | {f"data/{name}" for name in data}


def test_what_no_fingerprint_tells_of_a_lot_makes_its_page_another_as_well() -> None:
    view = lot_view()
    told = replace(view, notice=replace(view.notice, procedure_type="restricted"), updated=at("2026-11-20"))
    assert lot_fingerprint(told) == lot_fingerprint(view)
    before, after = (documents_of(lots.SECTION, edition_of([one])) for one in (view, told))
    for path, document in before.items():
        assert content_of(document) != content_of(after[path]), path
        assert document.parts[0].key != after[path].parts[0].key, path


def test_pages_are_put_there_before_the_lists_that_lead_to_them() -> None:
    order = [section.documents.__module__.rpartition(".")[2] for section in SECTIONS]
    assert len(order) == 16
    pages = ("lots", "tenders", "agreements")
    lists_ = ("trades", "weeks", "opendata", "search", "lists", "feeds", "calendars", "follow", "front")
    assert max(map(order.index, pages)) < min(map(order.index, lists_))
    chain = [order.index(name) for name in ("trades", "weeks", "report", "feeds", "follow", "front", "sitemap")]
    assert chain == sorted(chain)
    assert order[-1] == "sitemap"  # which asks what stands there


def test_every_public_address_in_the_feed_is_a_file_of_the_site(tmp_path: Path) -> None:
    put(tmp_path)
    for name in ("atom.xml", "en/atom.xml"):
        links = etree.parse(tmp_path / name).iterfind(f".//{ATOM}entry/{ATOM}link[@rel='alternate']")
        paths = [link.get("href", "").removeprefix(TOWN.base_url + "/") for link in links]
        assert paths
        assert all((tmp_path / path).is_file() for path in paths)


def test_the_page_of_a_lot_that_closed_or_is_no_longer_handed_in_remains(tmp_path: Path) -> None:
    put(tmp_path)
    page = tmp_path / "opgaver" / "rengoering-af-skoler-17a2.html"
    before = pages_of_lots(tmp_path)
    put(tmp_path, lots=(lot_view(state=LotState.CANCELLED),))
    assert "Annulleret" in page.read_text(encoding="utf-8")
    assert pages_of_lots(tmp_path) == before
    assert (tmp_path / "opgaver" / "skolemad-2f2f.html").is_file()


def test_a_lot_that_an_officer_took_off_loses_its_pages_and_gets_them_again(tmp_path: Path) -> None:
    view = lot_view(of_lot=lot(title="Vask af tæpper i Hal 7"))
    shown = put(tmp_path, lots=(view,)).fingerprints
    pages = {name for name in files(tmp_path) if view.slug in name}
    assert len(pages) == 2
    done = put(tmp_path, lots=(replace(view, hidden=True),))
    assert (view.uid in shown, view.uid in done.fingerprints) == (True, False)
    assert not pages & files(tmp_path).keys()
    telling = (f"opgaver/{view.slug}", view.lot.title)  # a feed says under the lot's identifier that it is off
    texts = [(tmp_path / name).read_text(encoding="utf-8") for name in files(tmp_path) if not name.endswith(".png")]
    assert not [text for text in texts if any(words in text for words in telling)]
    put(tmp_path, lots=(view,))
    assert pages <= files(tmp_path).keys()


def test_a_lot_that_turns_unsuitable_loses_its_pages(tmp_path: Path) -> None:
    put(tmp_path)
    unsuitable = lot_view(judged=assessment(Verdict.UNSUITABLE))
    before = pages_of_lots(tmp_path)
    put(tmp_path, lots=(unsuitable,))
    assert len(before - pages_of_lots(tmp_path)) == 2
    assert not (tmp_path / "opgaver" / "rengoering-af-skoler-17a2.html").exists()
    assert not (tmp_path / "en" / "opgaver" / "rengoering-af-skoler-17a2.html").exists()
    assert put(tmp_path, lots=(unsuitable,)).removed == 0


def test_a_lot_outside_the_places_that_are_followed_loses_its_pages(tmp_path: Path) -> None:
    put(tmp_path)
    before = pages_of_lots(tmp_path)
    done = publish(Handed(outside=(lot_view(),)), (), (), TOWN, tmp_path, NOW, trades=TRADES)
    assert len(before - pages_of_lots(tmp_path)) == 2
    assert not (tmp_path / "opgaver" / "rengoering-af-skoler-17a2.html").exists()
    assert lot_view().uid not in done.fingerprints


def test_the_page_of_a_lot_that_turned_out_to_be_another_leads_there(tmp_path: Path) -> None:
    view = lot_view()
    alias = LotAlias("town:7/1", "rengoering-af-skoler-old", view.uid)
    published = put(tmp_path, (view,), aliases=(alias,))
    for folder, language in ((tmp_path, ""), (tmp_path / "en", "en/")):
        page = (folder / "opgaver/rengoering-af-skoler-old.html").read_text(encoding="utf-8")
        assert f'<a href="{view.slug}.html"' in page
        assert f'<link rel="canonical" href="{TOWN.base_url}/{language}opgaver/{view.slug}.html">' in page
    assert alias.uid not in published.fingerprints
    unsuitable = replace(view, assessment=assessment(Verdict.UNSUITABLE))
    put(tmp_path, (unsuitable,), aliases=(alias,))
    assert not list(tmp_path.rglob("rengoering-af-skoler-*.html"))


def test_a_lot_that_waits_for_its_assessment_keeps_its_page_as_it_was(tmp_path: Path) -> None:
    put(tmp_path)
    page = tmp_path / "opgaver" / "rengoering-af-skoler-17a2.html"
    before = page.read_bytes()
    view = lot_view(of_lot=lot(title="Ny titel"))
    waiting = LotView(view.uid, view.slug, view.lot, view.notice, view.state, None, view.first_seen, view.updated)
    done = put(tmp_path, lots=(waiting,))
    assert page.read_bytes() == before
    assert view.uid not in done.fingerprints


def test_files_that_were_never_ours_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "opgaver").mkdir()
    for name in ("robots.txt", "opgaver/foto.jpg", ".well-known"):
        (tmp_path / name).write_text("the operator's")
    (tmp_path / LEDGER).touch()
    put(tmp_path)
    assert all((tmp_path / name).read_text() == "the operator's" for name in ("robots.txt", "opgaver/foto.jpg"))
    assert (tmp_path / ".well-known").is_file()


# Files of an operator, under names that fit ours.
THEIRS = (
    "fag/vejledning.html", "fag/egen.ics", "fag/egen.xml", "maerker/egen.xml", "maerker/egen.json", "soeg-xx.js",
    "sitemap-9.xml", "uger/2020-01.html", "data/ocds/2019.json", "en/fag/guide.html", "effekt/2020-1.json",
)  # fmt: skip


def test_without_the_ledger_only_what_carries_our_sign_is_removed(tmp_path: Path) -> None:
    site, anew = tmp_path / "site", tmp_path / "anew"
    put(site)
    before = files(site).keys()
    for name in THEIRS:
        (site / name).parent.mkdir(exist_ok=True)
        (site / name).write_text("the operator's")
    (site / LEDGER).unlink()
    for folder in (site, anew):
        publish(Handed(()), (), RUNS, TOWN, folder, NOW, trades=TRADES[:1], sources=SOURCES)
    assert all((site / name).read_text() == "the operator's" for name in THEIRS)
    left = files(site).keys() - files(anew).keys() - {*THEIRS}
    assert left < before
    permanent = ("opgaver/", "aftaler/", "uger/", "data/2026-")
    assert [name for name in sorted(left) if not name.removeprefix("en/").startswith(permanent)] == []


def test_every_file_that_can_be_removed_carries_our_sign(tmp_path: Path) -> None:
    put(tmp_path)
    once = ("data/ocds/extension/", "effekt/", "style.css", "robots.txt", "soeg", "deling.png", "ikon.png")
    removable = [name for name in files(tmp_path) if not name.startswith(once)]
    assert len(removable) > 60
    assert {Path(name).suffix for name in removable} == {".html", ".xml", ".json", ".ics", ".csv", ".jsonl", ".md"}
    assert [name for name in removable if not signed(name, (tmp_path / name).read_bytes()[:BEGINS])] == []


# The head that all pages had before they said who made them.
EARLIER = """<!doctype html>
<html lang="da">
<head>
<meta charset="utf-8">
<title>Opgaver – Eksempelby Kommune</title>
<link rel="canonical" href="https://udbud.eksempelby.example/">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{root}style.css">
</head>
<body>
<a class="skip" href="#indhold">Gå til indholdet</a>
"""


def test_a_site_of_an_earlier_version_is_taken_over(tmp_path: Path) -> None:
    earlier = {"index.html": "", "opgaver/gammel-1.html": "../", "en/fag/gone.html": "../../"}
    for name, root in earlier.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(EARLIER.format(root=root), encoding="utf-8")
    (tmp_path / "fag").mkdir()
    (tmp_path / "fag/vejledning.html").write_text("the operator's")
    put(tmp_path)
    assert (tmp_path / "opgaver/gammel-1.html").is_file()
    assert not (tmp_path / "en/fag/gone.html").exists()
    assert (tmp_path / "fag/vejledning.html").read_text() == "the operator's"
    assert "gammel-1.html" in (tmp_path / "sitemap.xml").read_text()


def test_a_site_of_somebody_elses_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<link rel='canonical' href='https://udbud.eksempelby.example/'>Velkommen")
    (tmp_path / "style.css").write_text("body { color: green }")
    with pytest.raises(ForeignFolder):
        put(tmp_path)
    assert files(tmp_path).keys() == {"index.html", "style.css"}
    assert (tmp_path / "style.css").read_text() == "body { color: green }"


def test_what_a_killed_run_left_is_cleared_by_the_next(tmp_path: Path) -> None:
    put(tmp_path)
    left = tmp_path / "en" / "opgaver" / ".00112233aabbccdd.unfinished"
    left.write_bytes(b"half a page")
    put(tmp_path)
    assert not left.exists()


def test_what_is_public_is_told_by_fingerprints_of_lots_and_agreements(tmp_path: Path) -> None:
    done = put(tmp_path)
    view = lot_view(changes=some_lots()[0].changes)
    assert done.fingerprints[view.uid] == lot_fingerprint(view)
    assert "6f3e2a10/motorvejsbro-3300" not in done.fingerprints
    assert set(done.fingerprints) >= {agreement.uid for agreement in some_agreements()}


def test_a_feed_never_goes_back_when_its_newest_entry_is_taken_away(tmp_path: Path) -> None:
    put(tmp_path)
    before = read_known(tmp_path / "atom.xml")
    put(tmp_path, lots=some_lots()[:1])
    after = read_known(tmp_path / "atom.xml")
    assert before.feed == after.feed
    assert before.feed is not None


def test_a_broken_feed_or_none_is_written_anew(tmp_path: Path) -> None:
    (tmp_path / LEDGER).touch()
    path = tmp_path / "atom.xml"
    assert read_known(path) == Known()
    for content in (
        b"",
        b"<feed",
        b"<feed/>",
        b"<feed xmlns='http://www.w3.org/2005/Atom'><updated>2026-01-01</updated></feed>",
    ):
        path.write_bytes(content)
        assert read_known(path) == Known()
    put(tmp_path)
    assert read_known(path).entries


def test_a_folder_that_cannot_be_written_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("a file")
    with pytest.raises(NotifierError) as raised:
        put(tmp_path / "site")
    assert isinstance(raised.value, PublishError)
    assert str(tmp_path / "site") in str(raised.value)


def test_a_full_disk_leaves_the_published_site_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path)}
    calls = 0
    real = os.fsync

    def full(handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls > 3:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PublishError, match="No space left"):
        put(tmp_path, lots=tuple(lot_view(f"ny-{number}") for number in range(5)))
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


def test_a_page_is_made_anew_where_nothing_but_the_procedure_is_another(tmp_path: Path) -> None:
    view = lot_view(of_notice=notice(procedure_type="open"))
    put(tmp_path, lots=(view,))
    put(tmp_path, lots=(replace(view, notice=replace(view.notice, procedure_type="restricted")),))
    assert "Begrænset udbud" in (tmp_path / f"opgaver/{view.slug}.html").read_text(encoding="utf-8")
