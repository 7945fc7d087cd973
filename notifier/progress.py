"""What a run shows while it goes: a bar on a terminal, plain lines otherwise (in a log, a pipe, a mail)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn


class Show:
    """Lines for people, and bars where there is a terminal. Lines go to standard output."""

    def __init__(self, stream: TextIO | None = None) -> None:
        # Titles are scraped: no markup, no highlighting, no wrapping of what a log reads line by line.
        self.console = Console(file=stream or sys.stdout, markup=False, highlight=False, emoji=False, soft_wrap=True)
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def line(self, text: str) -> None:
        """One line, above the bars where there are any."""
        self.console.print(text)

    def step(self, name: str, text: str) -> None:
        """The outcome of a step, its name in a column of its own."""
        self.line(f"{name:<8} {text}")

    @contextmanager
    def bars(self) -> Iterator[Show]:
        """Show bars while the block lasts, on a terminal alone."""
        if not self.console.is_terminal:
            yield self
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=self.console, transient=True) as progress:
            self._progress = progress
            try:
                yield self
            finally:
                self._progress, self._tasks = None, {}

    def advance(self, name: str, done: int, total: int) -> None:
        """Move the bar of that name; nothing where there are no bars."""
        if self._progress is None:
            return
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=None)
        self._progress.update(self._tasks[name], completed=done, total=total or None)
