"""The desk: what staff see and do. It is served apart from the public pages, and can be kept inside.

Nobody opens anything here without being signed in (application.py holds the list of what is open), whatever changes
something is a POST with a token against forged requests, and every change is written into the audit trail.

    application.py  the application: locks, headers, errors
    officers.py     who is signed in, and what they did
    passwords.py    argon2
    login.py        signing in and out
    pages.py        templates/desk laid out
    inbox.py        lots that wait for a word
    tagging.py      the word, conflicts, undo
    lot.py          one lot
    correcting.py   what is put right in it
    agreements.py   what runs out when, and plans for then
    posting.py      small purchases, and lots that were found by hand
    drafts.py       a tender before it is published
    effects.py      what came of it
    health.py       sources, outbox, subscribers, what comes next
    trail.py        who did what
"""

from __future__ import annotations

from notifier.desk.application import make_desk

__all__ = ["make_desk"]
