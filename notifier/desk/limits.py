"""How often somebody may try to sign in. Pure.

Tries are counted for each account from each network. A browser in which somebody signed in to that account before is
counted by itself and by nothing else: whoever sits in the same network and tries a colleague's login, or all of them,
keeps nobody out who has been here before. Logins that nobody has are counted like any other, so that being turned away
tells nothing of them.
"""

from __future__ import annotations

import datetime as dt
import hashlib

from notifier.store.accounts import folded
from notifier.store.tries import Limit

MOST, WITHIN = 10, dt.timedelta(minutes=15)  # for one account from one network, or from one known browser
MOST_FROM_A_NETWORK = 60  # over all accounts: a town hall behind one address, on the day after the holidays


def sign_in(login: str, network: str) -> tuple[Limit, ...]:
    """What a try with that login from that network counts under."""
    return (
        Limit("login", _mark(f"{folded(login)} {network}"), MOST, WITHIN),
        Limit("login_network", network, MOST_FROM_A_NETWORK, WITHIN),
    )


def sign_in_from_known(account: int, browser: str) -> tuple[Limit, ...]:
    """What a try from a browser counts under that is known for the account."""
    return (Limit("login_browser", _mark(f"{account} {browser}"), MOST, WITHIN),)


def old_password(account: int) -> tuple[Limit, ...]:
    """What a try of the old password counts under, by whoever holds a session of that account."""
    return (Limit("password", str(account), MOST, WITHIN),)


def _mark(text: str) -> str:
    """Not as it was typed: some type their password where the login belongs."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
