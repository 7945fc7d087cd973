"""The demo, run once for all tests that look at what it leaves."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Demo:
    """What a demo printed and left."""

    said: str
    folder: Path

    def mails(self) -> list[EmailMessage]:
        found = [message_from_bytes(path.read_bytes(), policy=modern) for path in self.folder.glob("outbox/new/*")]
        return sorted((mail for mail in found if isinstance(mail, EmailMessage)), key=lambda mail: str(mail["Date"]))

    def texts(self, kind: str = "plain") -> list[str]:
        return [body.get_content() for mail in self.mails() if (body := mail.get_body((kind,)))]


def run_demo(folder: Path) -> Demo:
    """Run `notifier demo` into a folder, as a newcomer does."""
    command = [sys.executable, "-m", "notifier", "demo", "--to", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return Demo(done.stdout, folder)
