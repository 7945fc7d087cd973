"""The desk: what staff see and do. It is served apart from the public pages, and can be kept inside.

Nobody opens anything here without being signed in (application.py holds the list of what is open), whatever changes
something is a POST with a token against forged requests, and every change is written into the audit trail.

    application.py  the application: locks, headers, errors
    officers.py     who is signed in, and what they did
    passwords.py    argon2
    login.py        signing in and out
    pages.py        templates/desk laid out
"""

from __future__ import annotations

from notifier.desk.application import make_desk

__all__ = ["make_desk"]
