"""Addresses of the pages that answer: the search, sign-up, confirmation, the personal ones. Pure.

Where the town runs no web server of ours there is no door, and mails say to whom one writes instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from notifier.answers import Answer
from notifier.keys import Purpose, key_of
from notifier.profiles import Subscriber

# One header line holds "List-Unsubscribe: <", the address, 6 octets of path and a key of some 34. Mail programs and
# filters that were looked at read 256 octets of it; beyond 998 a relay may refuse the mail (RFC 5322 2.1.1).
MAX_ADDRESS = 150


@dataclass(frozen=True, slots=True)
class Door:
    """The web server's address, without a slash at the end; "" for none."""

    address: str = ""

    def __bool__(self) -> bool:
        return bool(self.address)

    def front(self, language: str) -> str:
        """Where one begins."""
        return f"{self.address}/{'en' if language == 'en' else ''}"

    def lots(self, language: str, **wanted: str) -> str:
        """Open and planned lots, to search; `wanted` are the fields of the search's form."""
        return f"{self.address}/{'en/tasks' if language == 'en' else 'opgaver'}{_asking(wanted)}"

    def lot(self, slug: str, language: str) -> str:
        """A lot's page."""
        return f"{self.lots(language)}/{quote(slug, safe='')}"

    def agreements(self, language: str, **wanted: str) -> str:
        """Agreements, to search."""
        return f"{self.address}/{'en/agreements' if language == 'en' else 'aftaler'}{_asking(wanted)}"

    def trade(self, key: str, language: str) -> str:
        """All about one trade."""
        return f"{self.address}/{'en/trade' if language == 'en' else 'fag'}/{quote(key, safe='')}"

    def sign_up(self, language: str, **wanted: str) -> str:
        """Where one signs up; `wanted` are fields of its form that are filled in already."""
        return f"{self.address}/{'en/sign-up' if language == 'en' else 'tilmeld'}{_asking(wanted)}"

    def confirm(self, token: str) -> str:
        """Where the owner of an address says yes."""
        return f"{self.address}/ja/{token}"

    def change(self, subscriber: Subscriber) -> str:
        """What one gets, to see and to change."""
        return f"{self.address}/mit/{key_of(subscriber, Purpose.CHANGE)}"

    def tasks(self, subscriber: Subscriber) -> str:
        """All open lots that concern this subscriber."""
        return f"{self.change(subscriber)}/opgaver"

    def stop(self, subscriber: Subscriber) -> str:
        """Where one stops; programs post there (RFC 8058)."""
        return f"{self.address}/stop/{key_of(subscriber, Purpose.STOP)}"

    def answer(self, subscriber: Subscriber, slug: str, answer: Answer) -> str:
        """A page with a button: scanners follow links, and must not answer for people."""
        return f"{self.address}/svar/{key_of(subscriber, Purpose.ANSWER)}/{quote(slug, safe='')}/{answer}"

    def calendar(self, subscriber: Subscriber) -> str:
        """Deadlines as iCal."""
        return f"{self.address}/kalender/{key_of(subscriber, Purpose.CALENDAR)}.ics"

    def feed(self, subscriber: Subscriber) -> str:
        """What the digest tells, as Atom."""
        return f"{self.address}/feed/{key_of(subscriber, Purpose.FEED)}.xml"


def _asking(wanted: Mapping[str, str]) -> str:
    """The part of an address that says what is asked for; what is empty is left out."""
    asked = urlencode({name: value for name, value in wanted.items() if value})
    return f"?{asked}" if asked else ""
