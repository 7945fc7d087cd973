"""A proxy in front of the desk that has signed people in, and names them in a header. Off unless it is configured.

The header is believed from trusted proxies alone, and with each request anew: when it is gone, nobody is signed in.
"""

from __future__ import annotations

import flask

from notifier.config import DeskConfig
from notifier.store import Store
from notifier.store.accounts import Account
from notifier.web.visitors import is_trusted

WHO = "p"  # the number, in the signed cookie, of the account whose tokens against forged requests it holds


def named_user(desk: DeskConfig) -> str:
    """The login that a trusted proxy names, "" where there is none."""
    if not desk.proxy_user_header or not is_trusted(flask.request.environ, desk.trusted_proxies):
        return ""
    return flask.request.headers.get(desk.proxy_user_header, "").strip(" \t")


def account_named(store: Store, desk: DeskConfig) -> Account | None:
    """The account that a trusted proxy names; None for one that is not here, or that is disabled."""
    login = named_user(desk)
    account = store.accounts.by_login(login) if login else None
    return account if account is not None and account.disabled_at is None else None


def is_same_as_before(account: Account) -> bool:
    """Whether the browser's tokens were made for this account. If not they are forgotten, as at any sign-in."""
    if flask.session.get(WHO) == account.number:
        return True
    flask.session.clear()
    flask.g.pop("csrf_token", None)
    flask.session[WHO] = account.number
    return False
