"""config/*.toml into frozen values. Every mistake is found and named before anything is fetched or sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Expect:
    """How many notices a source lists in a run; a count outside is an alarm."""

    min: int = 0
    max: int = 5000


@dataclass(frozen=True, slots=True)
class Source:
    """config/sources/<id>.toml."""

    id: str
    kind: str
    publisher: str
    url: str
    language: str = "da"
    allow_private_address: bool = False
    expect: Expect = field(default_factory=Expect)
    delay_s: float = 2.0
    concurrency: int = 1
    max_pages: int = 200
    deadline_s: float = 900.0
    filter: dict[str, Any] = field(default_factory=dict)
    selectors: dict[str, Any] = field(default_factory=dict)
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Town:
    """Who publishes with this program, as readers see it."""

    name: str
    contact: str  # an office's address: stands in the user agent and at the foot of mails
    base_url: str  # where the site is published, without a slash at the end
    time_zone: str = "Europe/Copenhagen"
    buyer_id: str = ""  # CVR number
    default_language: str = "da"


@dataclass(frozen=True, slots=True)
class Mail:
    """How mail leaves. Without a relay it is written into `outbox`, a Maildir."""

    sender: str
    sender_name: str = ""
    relay: str = ""  # host
    port: int = 25
    security: str = "starttls"  # none | starttls | tls
    user: str = ""
    password: str = ""  # from NOTIFIER_SMTP_PASSWORD or the file named in password_file
    timeout_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration, checked. Paths are absolute."""

    folder: Path
    town: Town
    mail: Mail
    sources: tuple[Source, ...]
    database: Path
    outbox: Path
    site: Path
    rules: Path  # suitability.toml


def source_by_id(config: Config, source_id: str) -> Source | None:
    """The source of that id, or None."""
    return next((source for source in config.sources if source.id == source_id), None)
