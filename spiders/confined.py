"""Files that could be hostile, read in a process of their own with limits on time, memory and everything else.

A PDF or a workbook of some kilobytes can ask for hours and for all the memory there is. The process that reads it
has a budget of both, opens no file, and is given nothing of the environment; what it does to itself is told as that
file's problem.

    python -m spiders.confined pdf < list.pdf          # the sheets as JSON, or why not
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import msgspec

from notifier.errors import ParseError
from spiders.parsers.sheets import Sheet

SECONDS = 15  # a page of a ruled table takes about a tenth of one
MEMORY = 512 << 20  # bytes of address space, of which the libraries alone take 73 MiB
_MOST_SAID = 32 << 20  # bytes of JSON
# Threads that only wait for such a process. Two, because each process may take as much as MEMORY says.
_WAITING = ThreadPoolExecutor(2, thread_name_prefix="confined")


@dataclass(frozen=True, slots=True)
class _Said:
    """What the process answers."""

    sheets: tuple[Sheet, ...] = ()
    what: str = ""
    remedy: str = ""


async def sheets_meanwhile(kind: str, body: bytes, where: str, *, within: float) -> tuple[Sheet, ...]:
    """As `sheets`, while everything else in the loop goes on; ParseError too where it takes longer than `within`."""
    reading = partial(sheets, kind, body, where, seconds=SECONDS, within=within)
    try:
        return await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(_WAITING, reading), within)
    except TimeoutError as error:
        raise _refused("could not be read in the time that its source has", where) from error


def sheets(
    kind: str, body: bytes, where: str, *, seconds: int = SECONDS, memory: int = MEMORY, within: float = float("inf")
) -> tuple[Sheet, ...]:
    """The sheets of a file of that kind ("pdf", "xlsx"). ParseError, naming `where`, with the reason it is refused.

    `seconds` limits the processor's time, and twice as many the whole, or `within`; `memory` is in bytes of address
    space.
    """
    longest = min(2 * seconds + 5, max(0.1, within))
    program = [sys.executable, "-P", "-m", "spiders.confined", kind, str(seconds), str(memory)]
    paths = os.pathsep.join(path for path in sys.path if path)
    try:
        done = subprocess.run(  # noqa: S603 - our own program, its arguments ours
            program,
            input=body,
            capture_output=True,
            env={"PYTHONPATH": paths, "LANG": "C.UTF-8"},
            timeout=longest,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _refused(f"takes longer than {longest:g} seconds to read", where) from error
    if done.returncode in (-24, -9):  # SIGXCPU, and SIGKILL where the first was not heeded
        raise _refused(f"takes more than {seconds} seconds of the processor's time to read", where)
    try:
        said = msgspec.json.decode(done.stdout, type=_Said)
    except msgspec.MsgspecError as error:
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise _refused(f"made the program that reads it fail ({last[:200] or done.returncode})", where) from error
    if said.what:
        raise ParseError(said.what, where=where, remedy=said.remedy)
    return said.sheets


def _refused(why: str, where: str) -> ParseError:
    return ParseError(f"the file {why}", where=where, remedy="nothing of it is read; open the address and look")


def _reader(kind: str) -> Callable[[bytes], list[Sheet]]:
    # Imported here and before the limits: the spider's process needs neither library, and they are not hostile.
    if kind == "pdf":
        from spiders.parsers.pdf import read_pdf

        return read_pdf
    from spiders.parsers.sheets import read_workbook

    return read_workbook


def _limit(seconds: int, memory: int) -> None:
    """Give up for good what reading a file does not need."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))


def main() -> None:
    """Read stdin as the kind that the first argument names; the others are the limits."""
    kind, seconds, memory = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    read = _reader(kind)
    _limit(seconds, memory)
    try:
        said = _Said(tuple(read(sys.stdin.buffer.read())))
        answer = msgspec.json.encode(said)
        if len(answer) > _MOST_SAID:
            answer = msgspec.json.encode(_Said((), "the file holds more text than a list of agreements", "look at it"))
    except ParseError as error:
        answer = msgspec.json.encode(_Said((), error.what, error.remedy))
    except MemoryError:
        answer = msgspec.json.encode(
            _Said((), f"the file takes more than {memory >> 20} MiB of memory to read", "nothing of it is read")
        )
    except RecursionError:
        answer = msgspec.json.encode(_Said((), "the file is nested too deeply", "nothing of it is read"))
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    main()
