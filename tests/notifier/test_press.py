"""Documents into a folder: only what is missing is made, only what is ours is touched, and every file is whole."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typing_extensions import Buffer

from notifier.errors import ForeignFolder, PublishError
from notifier.ledger import BEGUN, LEDGER, PROMISED, begun, note_begun, read_ledger
from notifier.press import Press
from notifier.site.documents import KEY, Document, Part, whole


def key(*values: object) -> bytes:
    return hashlib.blake2b(repr(values).encode(), digest_size=KEY).digest()


@dataclass
class Rows:
    """A maker of a file of rows that remembers what it was asked for."""

    contents: Mapping[str, bytes]
    asked: list[str] = field(default_factory=list)

    def make(self, names: Sequence[str]) -> Iterator[bytes]:
        self.asked += names
        return (self.contents[name] for name in names)

    def document(self, path: str = "data/lots.csv") -> Document:
        parts = tuple(Part(name, key(name, content)) for name, content in self.contents.items())
        return Document(path, parts, self.make)


def ours(path: str, begins: bytes) -> bool:
    return path.endswith(".html") and begins.startswith(b"<p>")


def claimed(folder: Path) -> None:
    """The operator says that the folder is ours."""
    folder.mkdir(exist_ok=True)
    (folder / LEDGER).touch()


def page(path: str, content: bytes = b"<p>", *, shy: bool = False) -> Document:
    return whole(path, key(path, content), lambda: content, shy=shy)


def put(folder: Path, *documents: Document, kept: Callable[[str], bool] = lambda _: False) -> Press:
    press = Press(folder, ours)
    press.put(documents)
    press.remove((), kept)
    press.finish({})
    return press


def put_rows(folder: Path, contents: Mapping[str, bytes]) -> list[str]:
    """The names of the rows that had to be made."""
    rows = Rows(contents)
    put(folder, rows.document())
    assert (folder / "data/lots.csv").read_bytes() == b"".join(contents.values())
    return rows.asked


def seen(folder: Path) -> dict[str, bytes]:
    """What readers find."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def state(path: Path) -> tuple[int, int]:
    return (path.stat().st_ino, path.stat().st_mtime_ns)


ROWS = {"head": b"id,title\n", "a": b"a,Skolemad\n", "b": b"b,Reng\xc3\xb8ring\n", "c": b"c,\n", "foot": b""}


# -- files of rows ----------------------------------------------------------------------------------------------------


def test_only_rows_that_are_new_or_other_are_made(tmp_path: Path) -> None:
    assert put_rows(tmp_path, ROWS) == list(ROWS)
    assert put_rows(tmp_path, ROWS) == []
    assert put_rows(tmp_path, {**ROWS, "b": b"b,Vask\n"}) == ["b"]
    assert put_rows(tmp_path, {**ROWS, "b": b"b,Vask\n", "d": b"d,\n"}) == ["d"]


def test_rows_that_move_or_vanish_are_copied_from_where_they_stood(tmp_path: Path) -> None:
    put_rows(tmp_path, ROWS)
    assert put_rows(tmp_path, {name: ROWS[name] for name in ("head", "c", "b", "a", "foot")}) == []
    assert put_rows(tmp_path, {name: ROWS[name] for name in ("head", "b")}) == []
    assert put_rows(tmp_path, {}) == []
    assert put_rows(tmp_path, {"a": ROWS["a"]}) == ["a"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    states=st.lists(
        st.dictionaries(st.sampled_from("abcdefgh"), st.binary(max_size=30), max_size=8).flatmap(
            lambda rows: st.permutations(list(rows.items())).map(dict)
        ),
        min_size=2,
        max_size=5,
    )
)
def test_whatever_rows_do_the_file_holds_them_in_their_order(
    tmp_path_factory: pytest.TempPathFactory, states: list[dict[str, bytes]]
) -> None:
    folder, before = tmp_path_factory.mktemp("rows"), set[bytes]()
    for drawn in states:
        rows = {"head": b"id\n", **drawn, "foot": b""}
        made = put_rows(folder, rows)
        assert made == [name for name, content in rows.items() if key(name, content) not in before]
        before = {key(name, content) for name, content in rows.items()}


def test_equal_rows_may_stand_twice(tmp_path: Path) -> None:
    document = Document("rows.csv", (Part("a", b"same-key"),) * 2, lambda names: [b"a\n"] * len(names))
    for _ in range(2):
        put(tmp_path, document)
        assert (tmp_path / "rows.csv").read_bytes() == b"a\na\n"


def test_a_file_that_somebody_wrote_to_is_not_copied_from(tmp_path: Path) -> None:
    path = tmp_path / "data/lots.csv"

    def touched() -> None:
        os.utime(path, ns=(1, 1))

    def shortened() -> None:
        os.truncate(path, 5)

    def replaced() -> None:
        path.write_bytes(b"x" * path.stat().st_size)

    def taken_away() -> None:
        path.unlink()

    def a_link() -> None:
        path.rename(tmp_path / "elsewhere.txt")
        path.symlink_to(tmp_path / "elsewhere.txt")

    for done in (touched, shortened, replaced, taken_away, a_link):
        put_rows(tmp_path, ROWS)
        done()
        assert put_rows(tmp_path, ROWS) == list(ROWS), done.__name__
        assert put_rows(tmp_path, ROWS) == [], done.__name__
    assert not path.is_symlink()
    assert (tmp_path / "elsewhere.txt").read_bytes() == b"".join(ROWS.values())


def test_a_page_that_somebody_wrote_to_is_made_anew(tmp_path: Path) -> None:
    for content in (b"<b>", b"<", b""):  # the first is as long as ours
        put(tmp_path, page("om.html"))
        (tmp_path / "om.html").write_bytes(content)
        assert put(tmp_path, page("om.html")).written == 1
        assert seen(tmp_path) == {"om.html": b"<p>"}


def test_rows_come_in_batches_and_never_all_at_once(tmp_path: Path) -> None:
    sizes = list[int]()

    def make(names: Sequence[str]) -> Iterable[bytes]:
        sizes.append(len(names))
        return [b"x"] * len(names)

    put(tmp_path, Document("rows.csv", tuple(Part(str(n), key(n)) for n in range(1000)), make))
    assert sizes == [250] * 4


def test_pages_of_one_maker_are_made_together(tmp_path: Path) -> None:
    rows = Rows({str(number): b"%d" % number for number in range(5)})
    calls = list[list[str]]()

    def make(names: Sequence[str]) -> Iterator[bytes]:
        calls.append(list(names))
        return rows.make(names)

    pages = [Document(f"opgaver/{name}.html", (Part(name, key(name)),), make) for name in rows.contents]
    put(tmp_path, *pages)
    assert calls == [["0", "1", "2", "3", "4"]]
    (tmp_path / "opgaver/3.html").unlink()
    put(tmp_path, *pages)
    assert calls[1:] == [["3"]]


# -- what is left alone, what is removed ------------------------------------------------------------------------------


def test_another_program_makes_all_anew_and_leaves_equal_files_untouched(tmp_path: Path) -> None:
    rows = Rows(ROWS)
    put(tmp_path, page("om.html"), rows.document())
    before = {path: state(tmp_path / path) for path in seen(tmp_path)}
    made = list[str]()

    def make(names: Sequence[str]) -> Iterator[bytes]:
        made.extend(names)
        return rows.make(names)

    parts = tuple(Part(name, key("version 2", name)) for name in ROWS)
    again = put(tmp_path, whole("om.html", b"2.......", lambda: b"<p>"), Document("data/lots.csv", parts, make))
    assert (again.written, again.unchanged, made) == (0, 2, list(ROWS))
    assert {path: state(tmp_path / path) for path in seen(tmp_path)} == before


def test_what_is_not_planned_any_more_goes_unless_it_is_kept(tmp_path: Path) -> None:
    put(tmp_path, page("om.html"), page("fag/a.html"), page("opgaver/a.html"))
    press = put(tmp_path, page("om.html"), kept=lambda path: path.startswith("opgaver/"))
    assert press.removed == 1
    assert set(seen(tmp_path)) == {"om.html", "opgaver/a.html"}
    assert put(tmp_path, page("om.html")).removed == 1


def test_files_that_are_not_ours_stay(tmp_path: Path) -> None:
    claimed(tmp_path)
    theirs = {"billede.jpg", "fag/logo.svg", "old.html~", "fag/vejledning.html"}
    for name in (*theirs, ".htaccess"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"the operator's")
    put(tmp_path, page("fag/a.html"))
    put(tmp_path)
    os.truncate(tmp_path / LEDGER, 0)
    put(tmp_path)
    assert set(seen(tmp_path)) == theirs
    assert (tmp_path / ".htaccess").is_file()


def test_what_stands_under_a_name_of_ours_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_bytes(b"Welcome to nginx!")
    claimed(tmp_path)
    put(tmp_path, page("index.html"))
    assert seen(tmp_path) == {"index.html": b"<p>"}


@pytest.mark.parametrize(
    "theirs",
    ["index.html", "style.css", "fag/vejledning.html", ".bashrc", ".ssh/id_ed25519", "photo.jpg", "empty/", "å\n\x1b"],
)
def test_a_folder_that_holds_something_else_is_refused_and_left_as_it_was(tmp_path: Path, theirs: str) -> None:
    place = tmp_path / theirs
    place.parent.mkdir(exist_ok=True)
    place.mkdir() if theirs.endswith("/") else place.write_bytes(b"the operator's")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(
        ForeignFolder, match=r"not published into it.*an empty folder.*empty file \.published"
    ) as raised:
        put(tmp_path, page("index.html"), page("style.css"))
    assert raised.value.where == str(tmp_path)
    assert str(raised.value).isprintable()
    assert sorted(tmp_path.rglob("*")) == before
    assert place.is_dir() or place.read_bytes() == b"the operator's"
    claimed(tmp_path)
    put(tmp_path, page("om.html"))
    assert place.exists()


def test_what_makes_a_folder_a_place_to_publish_from_may_be_there_before(tmp_path: Path) -> None:
    for name in (".git", ".well-known"):
        (tmp_path / name).mkdir()
    for name in (".nojekyll", "robots.txt", ".0123456789abcdef.unfinished"):
        (tmp_path / name).write_bytes(b"x")
    put(tmp_path, page("index.html"))
    assert set(seen(tmp_path)) == {"robots.txt", "index.html"}


def test_a_folder_whose_notes_are_lost_is_known_by_its_front_page(tmp_path: Path) -> None:
    put(tmp_path, page("index.html"), page("fag/a.html"))
    (tmp_path / LEDGER).unlink()
    (tmp_path / "fag/b.html").write_bytes(b"the operator's")
    assert put(tmp_path, page("index.html")).removed == 1
    assert set(seen(tmp_path)) == {"index.html", "fag/b.html"}
    (tmp_path / LEDGER).unlink()
    (tmp_path / "index.html").write_bytes(b"the operator's")
    with pytest.raises(ForeignFolder):
        put(tmp_path, page("index.html"))
    assert seen(tmp_path)["index.html"] == b"the operator's"


def test_a_pipe_or_a_link_of_somebodys_is_not_read(tmp_path: Path) -> None:
    claimed(tmp_path / "site")
    os.mkfifo(tmp_path / "site/pipe.html")
    (tmp_path / "page.html").write_bytes(b"<p>")
    (tmp_path / "site/link.html").symlink_to("../page.html")
    assert put(tmp_path / "site", page("om.html")).removed == 0
    assert (tmp_path / "site/link.html").is_symlink()


def test_the_operators_robots_txt_stays_whenever_it_came(tmp_path: Path) -> None:
    robots = page("robots.txt", b"ours", shy=True)
    (tmp_path / "robots.txt").write_bytes(b"the operator's")
    put(tmp_path, robots)
    assert seen(tmp_path) == {"robots.txt": b"the operator's"}
    (tmp_path / "robots.txt").unlink()
    put(tmp_path, robots)
    assert seen(tmp_path) == {"robots.txt": b"ours"}
    (tmp_path / "robots.txt").write_bytes(b"the operator's, later")
    put(tmp_path, robots)
    put(tmp_path)  # nor is it removed when we write none any more
    assert seen(tmp_path) == {"robots.txt": b"the operator's, later"}


def test_our_own_robots_txt_is_known_again_and_changed(tmp_path: Path) -> None:
    put(tmp_path, page("robots.txt", b"ours", shy=True))
    (tmp_path / LEDGER).unlink()
    put(tmp_path, page("robots.txt", b"ours", shy=True))
    put(tmp_path, page("robots.txt", b"ours, newer", shy=True))
    assert seen(tmp_path) == {"robots.txt": b"ours, newer"}
    put(tmp_path)
    assert seen(tmp_path) == {}


@pytest.mark.parametrize(
    "name",
    [
        "../o.html", "/etc/o.html", "a/../../o.html", ".hidden", "a/.b", "", "a//b", "a/", "å.html", "a b", "a\n",
        "a\\b",
    ],
)  # fmt: skip
def test_a_name_that_cannot_be_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(PublishError, match="report it"):
        put(tmp_path / "site", page(name))
    assert list(tmp_path.rglob("*.html")) == []


def test_a_document_that_is_planned_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match=r"two have the same.*om\.html"):
        put(tmp_path, page("om.html"), page("om.html", b"another"))
    put(tmp_path, page("om.html"))
    assert seen(tmp_path) == {"om.html": b"<p>"}


# -- links ------------------------------------------------------------------------------------------------------------


def test_a_folder_that_is_a_link_is_not_written_through(tmp_path: Path) -> None:
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    put(site, page("om.html"))
    elsewhere.mkdir()
    (site / "fag").symlink_to(elsewhere)
    with pytest.raises(PublishError, match="a folder of the site is a link") as raised:
        put(site, page("fag/deep/a.html"))
    assert str(site / "fag") in raised.value.where
    assert list(elsewhere.iterdir()) == []


def test_nothing_is_removed_or_swept_behind_a_link(tmp_path: Path) -> None:
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    put(site, page("om.html"), page("fag/a.html"))
    (site / "fag").rename(elsewhere)
    (elsewhere / ".0123456789abcdef.unfinished").write_bytes(b"x")
    (site / "fag").symlink_to(elsewhere)
    for _ in range(2):
        put(site, page("om.html"))
        os.truncate(site / LEDGER, 0)
    press = Press(site, ours)
    press.remove(["fag/a.html"], lambda _: False)
    assert {path.name for path in elsewhere.iterdir()} == {"a.html", ".0123456789abcdef.unfinished"}


def test_the_whole_site_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "site").symlink_to(tmp_path / "disk")
    put(tmp_path / "site", page("fag/a.html"))
    assert seen(tmp_path / "disk") == {"fag/a.html": b"<p>"}


def test_a_link_in_a_files_place_is_taken_away_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere.html"
    elsewhere.write_bytes(b"<p>")
    claimed(site)
    (site / "om.html").symlink_to(elsewhere)
    put(site, page("om.html"))
    assert not (site / "om.html").is_symlink()
    (site / "om.html").unlink()
    (site / "om.html").symlink_to(elsewhere)
    put(site)
    assert seen(site) == {}
    assert elsewhere.read_bytes() == b"<p>"


# -- the ledger -------------------------------------------------------------------------------------------------------


def ruined_ledgers() -> dict[str, Callable[[Path], object]]:
    def newer(path: Path) -> None:
        written = msgspec.msgpack.decode(path.read_bytes())
        path.write_bytes(msgspec.msgpack.encode({**written, "version": 2, "files": ["another form"]}))

    return {
        "lost": lambda path: path.unlink(),
        "cut off": lambda path: os.truncate(path, path.stat().st_size // 2),
        "empty": lambda path: os.truncate(path, 0),
        "of a newer version": newer,
        "no ledger": lambda path: path.write_bytes(b"\xc1"),
    }


@pytest.mark.parametrize("ruin", ruined_ledgers())
def test_without_a_ledger_nothing_is_lost_nor_written_and_our_files_are_known_by_their_sign(
    tmp_path: Path, ruin: str
) -> None:
    documents = (page("index.html"), page("opgaver/a.html"), page("old.html"), Rows(ROWS).document())
    put(tmp_path, *documents)
    before = {path: state(tmp_path / path) for path in seen(tmp_path)}
    ruined_ledgers()[ruin](tmp_path / LEDGER)
    again = put(tmp_path, *documents[:2], documents[3])
    assert (again.written, again.unchanged, again.removed) == (0, 3, 1)
    del before["old.html"]
    assert {path: state(tmp_path / path) for path in seen(tmp_path)} == before
    assert put_rows(tmp_path, ROWS) == []


def test_a_ledger_that_names_files_elsewhere_harms_nobody(tmp_path: Path) -> None:
    site = tmp_path / "site"
    put(site, page("om.html"))
    (tmp_path / "precious").write_bytes(b"x")
    written = msgspec.msgpack.decode((site / LEDGER).read_bytes())
    written["files"]["../precious"] = written["files"]["om.html"]
    (site / LEDGER).write_bytes(msgspec.msgpack.encode(written))
    (site / BEGUN).write_bytes(b"../precious\n/etc/passwd\n")
    put(site)
    assert (tmp_path / "precious").is_file()


def test_a_ledger_keeps_what_it_is_given(tmp_path: Path) -> None:
    press = Press(tmp_path, ours)
    press.put([page("om.html")])
    press.finish({"feed": b"2026"})
    assert Press(tmp_path, ours).memory == {"feed": b"2026"}


def test_what_was_promised_is_known_although_the_run_was_killed_and_only_until_one_has_ended(tmp_path: Path) -> None:
    put(tmp_path, page("om.html"))
    Press(tmp_path, ours).promise({"feed": b"2027"})
    assert Press(tmp_path, ours).memory == {"feed": b"2027"}
    press = Press(tmp_path, ours)
    press.promise({"feed": b"2028"})
    press.finish({"feed": b"2028", "data": b"x"})
    assert Press(tmp_path, ours).memory == {"feed": b"2028", "data": b"x"}
    Press(tmp_path, ours).promise({"feed": b"2028"})  # as it was told before
    assert {path.name for path in tmp_path.glob(".*")} == {LEDGER}


@pytest.mark.parametrize("content", [b"", b"\xc1", b"\x83\xa7version\x63\xa5files\x80\xa6memory\x80"])
def test_a_promise_that_cannot_be_read_counts_as_none(tmp_path: Path, content: bytes) -> None:
    press = Press(tmp_path, ours)
    press.finish({"feed": b"2026"})
    (tmp_path / PROMISED).write_bytes(content)
    assert Press(tmp_path, ours).memory == {"feed": b"2026"}


def test_a_ledger_says_nothing_of_what_was_removed(tmp_path: Path) -> None:
    put(tmp_path, page("opgaver/hemmelig-17a2.html"), Rows({"uid-of-a-lot": b"row"}).document())
    assert b"uid-of-a-lot" not in (tmp_path / LEDGER).read_bytes()
    put(tmp_path)
    assert b"hemmelig" not in (tmp_path / LEDGER).read_bytes()
    assert not (tmp_path / BEGUN).exists()


def test_what_is_written_is_forced_to_the_disk_before_it_takes_its_name_and_its_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, fsync, replaced = list[tuple[str, int, str]](), os.fsync, os.replace

    def forced(handle: int) -> None:
        fsync(handle)
        done.append(("forced", os.fstat(handle).st_ino, ""))

    def renamed(source: Path, target: Path) -> None:
        done.append(("renamed", source.stat().st_ino, str(target.relative_to(site))))
        replaced(source, target)

    monkeypatch.setattr(os, "fsync", forced)
    monkeypatch.setattr(os, "replace", renamed)
    site = tmp_path / "site"
    pages = ("index.html", "om.html", "fag/a.html", "en/fag/b.html")
    for content in (b"one", b"another"):
        done.clear()
        put(site, *(page(name, content) for name in pages), Rows({**ROWS, "a": content}).document())
        names = [name for what, _, name in done if what == "renamed"]
        assert sorted(names[:-1]) == sorted((*pages, "data/lots.csv"))
        assert names[-1] == LEDGER
        noted = done.index(next(one for one in done if one[2] == LEDGER))
        for number, (what, inode, name) in enumerate(done):
            if what == "renamed":
                assert ("forced", inode, "") in done[:number], name
                places = [place for place in (site / name).parents if place.is_relative_to(site)]
                after = done[number:noted] if name != LEDGER else done[number:]
                assert all(("forced", place.stat().st_ino, "") in after for place in places), name


# -- runs that ended early --------------------------------------------------------------------------------------------


class Killed(BaseException):
    """As a signal ends a run: nothing of ours is called afterwards but what Python itself unwinds."""


def run_until(folder: Path, stop: str, *documents: Document) -> None:
    """A run that ends when the document of that path is to be made."""

    def make(_: Sequence[str]) -> Iterable[bytes]:
        raise Killed

    stopping = [Document(one.path, one.parts, make) if one.path == stop else one for one in documents]
    press = Press(folder, ours)

    def put_each() -> None:
        for one in stopping:
            press.put([one])

    with pytest.raises(Killed):
        put_each()


def test_what_a_run_that_ended_early_had_begun_is_removed_if_it_is_not_planned_the_next_time(tmp_path: Path) -> None:
    put(tmp_path, page("om.html"))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "theirs.txt").write_bytes(b"the operator's")
    names = ("om.html", "data/a.txt", "data/b.txt", "data/c.txt")
    run_until(tmp_path, "data/c.txt", *map(page, names))
    assert set(seen(tmp_path)) == {*names[:3], "data/theirs.txt"}
    put(tmp_path, page("om.html"))
    assert set(seen(tmp_path)) == {"om.html", "data/theirs.txt"}


def test_the_same_where_it_was_the_first_run_ever(tmp_path: Path) -> None:
    run_until(tmp_path, "om.html", page("data/a.txt"), page("om.html"))
    (tmp_path / "data" / ".0123456789abcdef.unfinished").write_bytes(b"half")
    assert read_ledger(tmp_path) is None
    put(tmp_path, page("om.html"))
    assert set(seen(tmp_path)) == {"om.html"}
    assert list((tmp_path / "data").iterdir()) == []


def test_a_name_that_was_cut_off_is_not_taken_for_a_file_nor_joined_with_the_next(tmp_path: Path) -> None:
    (tmp_path / BEGUN).write_bytes(b"fag/a.html\nfag/operators.ht")
    (tmp_path / "fag").mkdir()
    (tmp_path / "fag/operators.ht").write_bytes(b"the operator's")
    assert set(begun(tmp_path)) == {"fag/a.html"}
    note_begun(tmp_path, ["om.html"])
    assert set(begun(tmp_path)) == {"fag/a.html", "om.html"}
    put(tmp_path)
    assert set(seen(tmp_path)) == {"fag/operators.ht"}


class Sick:
    """The n-th file operation from now on, and every one after it, fails: a full disk, one that may not be written."""

    def __init__(self, patch: pytest.MonkeyPatch, error: int, healthy: int) -> None:
        self.left, self.error, sick = healthy, error, self

        class File(io.FileIO):
            def write(self, data: Buffer, /) -> int:
                super().write(memoryview(data)[: len(memoryview(data)) // 2])
                sick.count()
                return super().write(memoryview(data)[len(memoryview(data)) // 2 :])

        for name in ("open", "fsync", "replace", "mkdir", "unlink"):
            patch.setattr(os, name, self.failing(getattr(os, name)))
        patch.setattr(os, "fdopen", File)

    def failing(self, real: Callable[..., object]) -> Callable[..., object]:
        def called(*args: object, **more: object) -> object:
            self.count()
            return real(*args, **more)

        return called

    def count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise OSError(self.error, os.strerror(self.error))


@pytest.mark.long
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS])
def test_a_disk_that_fails_at_any_point_leaves_all_files_whole_and_the_next_run_mends(
    tmp_path: Path, error: int
) -> None:
    old = (page("index.html", b"old"), page("fag/gone.html"), Rows(ROWS).document())
    rows = Rows({**ROWS, "b": b"b,changed\n"})
    new = (page("fag/new.html"), page("uger/2026-48.html"), rows.document(), page("index.html", b"new"))
    put(tmp_path / "wanted", *new)
    wanted, failed, told = seen(tmp_path / "wanted"), 0, set[tuple[bool, bool]]()
    for healthy in range(200):
        folder = tmp_path / str(healthy)
        put(folder, *old)
        before = seen(folder)
        with pytest.MonkeyPatch.context() as patch:
            Sick(patch, error, healthy)
            try:
                put(folder, *new)
            except PublishError as raised:
                failed += 1
                told.add((os.strerror(error) in str(raised), "space left" in raised.remedy))
        for path, content in seen(folder).items():
            assert content in (before.get(path), wanted.get(path)), f"{path} is torn after {healthy}"
        put(folder, *new)
        assert seen(folder) == wanted
        left = {path.name for path in folder.rglob(".*")}
        assert left == {LEDGER}
        if failed == healthy:  # it came to its end
            break
    assert failed > 20
    assert told == {(True, True)}


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "site").write_bytes(b"")
    with pytest.raises(PublishError) as raised:
        put(tmp_path / "site", page("om.html"))
    assert str(tmp_path / "site") in raised.value.where


def test_web_servers_can_read_files_and_enter_folders(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        put(tmp_path / "site", page("fag/a.html"), Rows(ROWS).document())
    finally:
        os.umask(mask)
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "site").rglob("*") if path.name != LEDGER
    }
    assert modes == {"fag": 0o755, "a.html": 0o644, "data": 0o755, "lots.csv": 0o644}


def test_progress_tells_how_many_files_were_looked_at(tmp_path: Path) -> None:
    told = list[int]()
    press = Press(tmp_path, ours, told.append)
    press.put(page(f"opgaver/{number}.html") for number in range(600))
    assert told == [250, 500, 600]
