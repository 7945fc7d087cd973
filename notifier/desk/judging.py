"""A lot that an officer changed or posted, judged at once: nobody should wait for the next run to see what it is now.

The rules judge here, without a learned model: the next run judges the lot again, with all that is in use.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from notifier.store import Assessed
from notifier.suitability import assess
from notifier.web.service import Service


def judge(service: Service, lot_uid: str, now: dt.datetime) -> None:
    """Give a lot its verdict by the facts that count now, and bring the lists up to date, in the transaction that
    changed it."""
    store, rules = service.store, service.rules
    waiting = store.assessments.waiting(rules.version, lot_uid)
    found = [Assessed(one.number, replace(assess(one.lot, one.notice, rules), rules_version="")) for one in waiting]
    store.assessments.save(found, now)
    service.refresh(lot_uid)
