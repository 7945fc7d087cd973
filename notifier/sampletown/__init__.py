"""The sample town: an invented Danish municipality that the program serves to itself for the demo and for tests.

Nothing in it exists: the town, its CVR number (it fails the register's check digit), its suppliers and its tenders
are made up, and its addresses end in .example. What it publishes has the shape of what Danish municipalities publish:

    town.py        the tenders, plans and agreements as values, and how they stand on day one and on day two
    site.py        the town's own pages: tenders with lots, planned purchases, agreements
    ted.py         its notices on TED: the search's answers and eForms XML
    templates.py   the Jinja environment of both
    server.py      all of that over HTTP on loopback
    config.py      a configuration folder that points the notifier at it, and three sample subscribers
    expected.py    how every lot is meant to be read

The two days lie in 2026 and do not move: whoever runs the demo next year reads the same.
"""

from __future__ import annotations

from notifier.sampletown.config import SUBSCRIBERS, SampleSubscriber, write_config
from notifier.sampletown.expected import EXPECTED, ExpectedLot
from notifier.sampletown.server import SampleTown, serve
from notifier.sampletown.town import DAY_ONE, DAY_TWO

__all__ = [
    "DAY_ONE",
    "DAY_TWO",
    "EXPECTED",
    "SUBSCRIBERS",
    "ExpectedLot",
    "SampleSubscriber",
    "SampleTown",
    "serve",
    "write_config",
]
