"""The public list and the officers' inbox with very many lots and fifty clients; the search with ten.

Both applications are served as the program serves them, each by a process of its own, and asked by another, on the same
machine: with two cores the one that asks takes part of what is measured. Beside each page stands the same template fed
from memory (serving.py), in turn with it, so that whatever else the machine does strikes both. Nothing is cached.
"""

from __future__ import annotations

import datetime as dt
import http.client
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from notifier import clock, config
from notifier.catalogue import followed
from notifier.cli import main
from notifier.desk.passwords import hash_of
from notifier.store import Store
from notifier.store.accounts import Role
from notifier.suitability import load_rules
from tests.bench.load import Load, load
from tests.bench.many_lots import fill, vocabulary
from tests.bench.measuring import Figure, seconds
from tests.bench.serving import MEMORY

LOTS = 100_000
ROUNDS, LASTS_S = 5, 3.0
CLIENTS, SEARCHING = 50, 10
_LOGIN, _PASSWORD = "officer@bench.example", "korrekt hest batteri"
# What people do with the list: most look at its beginning, some go on, some choose a mark, a trade, a buyer or a day.
LIST = [
    *(["/opgaver"] * 6), "/opgaver?page=2", "/opgaver?page=3", "/opgaver?page=9", "/opgaver?mark=suitable",
    "/opgaver?mark=reserved", "/en/tasks", "/opgaver?trade=cleaning", "/opgaver?trade=catering&mark=suitable",
    "/opgaver?buyer=Horsens", f"/opgaver?by={clock.now().date() + dt.timedelta(days=30)}",
]  # fmt: skip


def figures(lots: int = LOTS) -> Sequence[Figure]:
    """Build the lots once, then ask the list, the inbox and the search."""
    with tempfile.TemporaryDirectory() as folder:
        settings = _town(Path(folder))
        building = Figure(f"building {lots:,} lots", seconds(lambda: _build(settings, lots)), "one round", unit="s")
        with _served("web", settings) as port:
            pages = [*_page("the public list", port, LIST), *_search(port)]
        with _served("desk", settings) as port:
            cookie = _sign_in(port)
            return [building, *pages, *_page("the inbox", port, ["/"], cookie)]


# -- a town --------------------------------------------------------------------------------------------------------


def _town(folder: Path) -> Path:
    if main(["init", str(folder / "town")]) != 0:
        raise RuntimeError("no configuration could be made")
    settings = next((folder / "town").rglob("notifier.toml"))
    ports = [_free_port() for _ in range(2)]
    with settings.open("a", encoding="utf-8") as file:
        for name, port in zip(("web", "desk"), ports, strict=True):
            file.write(f'\n[{name}]\naddress = "http://127.0.0.1:{port}"\nlisten = "127.0.0.1:{port}"\n')
    return settings.parent


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _build(settings: Path, lots: int) -> None:
    loaded = config.load(settings, environment={})
    with Store.open(loaded.database, create=True, marker=loaded.marker) as store:
        fill(store, lots, load_rules(loaded.rules), clock.now(), followed(loaded))
        account = store.accounts.add(_LOGIN, "Anna Lund", Role.ADMIN, clock.now())
        if account is None:
            raise RuntimeError("nobody may sign in")
        store.accounts.set_password(account.number, hash_of(_PASSWORD))


@contextmanager
def _served(what: str, settings: Path) -> Iterator[int]:
    """One of the applications behind its port, until the block ends."""
    loaded = config.load(settings, environment={})
    port = (loaded.listen if what == "web" else loaded.desk.listen)[1]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.serving", what, str(settings)], stdout=subprocess.DEVNULL
    ) as server:
        try:
            _wait_for(port, server)
            yield port
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with {server.returncode} before anybody asked")
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not begin within a minute")


def _sign_in(port: int) -> str:
    """The cookie of somebody who signed in as a browser does."""
    asked = http.client.HTTPConnection("127.0.0.1", port)
    asked.request("GET", "/log-ind")
    answer = asked.getresponse()
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', answer.read().decode())
    form = urllib.parse.urlencode({"login": _LOGIN, "password": _PASSWORD, "csrf_token": token[0] if token else ""})
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": _cookies(answer),
        "Origin": f"http://127.0.0.1:{port}",
        "Referer": f"http://127.0.0.1:{port}/log-ind",
    }
    asked.request("POST", "/log-ind", form, headers)
    answer = asked.getresponse()
    answer.read()
    if answer.status != 303:
        raise RuntimeError(f"signing in was answered with {answer.status}")
    return _cookies(answer)


def _cookies(answer: http.client.HTTPResponse) -> str:
    return "; ".join(value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie")


# -- asking --------------------------------------------------------------------------------------------------------


def _page(name: str, port: int, paths: Sequence[str], cookie: str = "") -> list[Figure]:
    """A page beside its template fed from memory, in turn."""
    wrong = [path for path in dict.fromkeys(paths) if _lots_on(port, path, cookie) < 5]
    if wrong:
        # Loud, and not the end of the other figures: a page without rows is fast, and says nothing.
        print(f"bench: {name} ({wrong[0]}) is no page with rows: nothing was measured", file=sys.stderr)
        return [Figure(f"{name}: pages with rows", len(paths) - len(wrong), "asked once", at_least=len(paths), unit="")]
    load(port, paths, clients=CLIENTS, for_s=1, cookie=cookie)
    ours, memory = list[Load](), list[Load]()
    for _ in range(ROUNDS):
        ours.append(load(port, paths, clients=CLIENTS, for_s=LASTS_S, cookie=cookie))
        _lots_on(port, paths[0], cookie)  # the page that memory holds is always the same one
        memory.append(load(port, [MEMORY], clients=CLIENTS, for_s=LASTS_S, cookie=cookie))
    each = [a.rate / b.rate for a, b in zip(ours, memory, strict=True)]
    return [
        _of(f"{name}, {CLIENTS} clients: pages a second", [one.rate for one in ours], "a second"),
        _of("the same template fed from memory", [one.rate for one in memory], "a second"),
        _of(f"{name} beside memory: pages a second", each, "×", at_least=0.2),
        _of(f"{name}: half are answered within", [one.median * 1000 for one in ours], "ms"),
        _of(f"{name}: 99 of 100 are answered within", [one.p99 * 1000 for one in ours], "ms", at_most=300),
        _of(f"{name}: answers that were no page", [one.bad for one in (*ours, *memory)], "", at_most=0),
    ]


def _search(port: int) -> list[Figure]:
    words = _words()
    paths = [
        f"/opgaver?{urllib.parse.urlencode({'q': one, **_BESIDE[number % len(_BESIDE)]})}"
        for number, one in enumerate(words)
    ]
    load(port, paths, clients=SEARCHING, for_s=1)
    seen = [load(port, paths, clients=SEARCHING, for_s=LASTS_S) for _ in range(ROUNDS)]
    name = f"search, {SEARCHING} clients"
    return [
        _of(f"{name}: pages a second", [one.rate for one in seen], "a second"),
        _of(f"{name}: half are answered within", [one.median * 1000 for one in seen], "ms"),
        _of(f"{name}: 99 of 100 are answered within", [one.p99 * 1000 for one in seen], "ms", at_most=1500),
        _of(f"{name}: answers that were no page", [one.bad for one in seen], "", at_most=0),
    ]


# What is chosen beside words that are searched for: by half of the people nothing.
_BESIDE: tuple[dict[str, str], ...] = (
    {}, {"buyer": "Kommune"}, {}, {"trade": "cleaning"}, {}, {"mark": "suitable"}, {}, {"buyer": "aarhus"},
)  # fmt: skip


def _words() -> list[str]:
    """Common words and rare ones, parts of words, several words; in an order that mixes them."""
    words = [word for word in vocabulary().words if len(word) >= 3]
    common, usual, rare = words[:12], words[30:300:23], words[600:6000:270]
    parts = [word[1:5] for word in words[100:400:30] if len(word) > 5]
    pairs = [f"{one} {other}" for one, other in zip(common[::2], usual[::2], strict=False)]
    found = [*common, *usual, *rare, *parts, *pairs]
    return [found[number * 17 % len(found)] for number in range(len(found))]


def _lots_on(port: int, path: str, cookie: str) -> int:
    """How many lots a page leads to; 0 where it is no page."""
    asked = http.client.HTTPConnection("127.0.0.1", port)
    asked.request("GET", path, headers={"Cookie": cookie} if cookie else {})
    answer = asked.getresponse()
    body = answer.read().decode()
    return len(set(re.findall(r"/(opgave-\d+)", body))) if answer.status == 200 else 0


def _of(
    name: str, values: Sequence[float], unit: str, *, at_most: float | None = None, at_least: float | None = None
) -> Figure:
    """The middle of the rounds, with the lowest and the highest."""
    form = ",.2f" if max(values) < 10 else ",.0f"
    spread = f"{min(values):{form}}–{max(values):{form}}"
    return Figure(name, statistics.median(values), spread, at_most=at_most, at_least=at_least, unit=unit)
