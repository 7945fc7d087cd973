"""Who may sign in at the desk: add, list, link, role, disable, enable."""

from __future__ import annotations

import datetime as dt
import secrets

import click

from notifier import clock
from notifier.cli.context import DONE, Context, open_watched
from notifier.clock import COPENHAGEN, write_deadline
from notifier.config import Config
from notifier.errors import DeliveryError, UsageError
from notifier.letter.values import Link, Note
from notifier.lots import Deadline
from notifier.mail import check_address, make_staff_message, new_message_id
from notifier.render import render_note
from notifier.store import Store
from notifier.store.accounts import Account, Role, folded
from notifier.text import clean_line
from notifier.transport import Letter, Outcome, transport_for
from notifier.words import LANGUAGES, words

LINK_LASTS = dt.timedelta(hours=72)
_ROLES = click.Choice([role.value for role in Role])
_SHOW = click.option("--show-link", is_flag=True, help="Also print the link; whoever sees it can set the password.")

_YES = click.option("--yes", is_flag=True, help="Also where it is the last admin.")


@click.group("staff")
def group() -> None:
    """Who may sign in at the desk."""


@group.command("add")
@click.argument("login")
@click.option("--name", required=True, help="As colleagues know them.")
@click.option("--role", type=_ROLES, default="officer", show_default=True, help="admin: runs the outbox as well.")
@click.option("--language", type=click.Choice(LANGUAGES), default="da", show_default=True)
@_SHOW
@click.pass_obj
def staff_add(context: Context, login: str, name: str, role: str, language: str, show_link: bool) -> int:
    """Give somebody access, and send them a link with which they choose a password.

    LOGIN is their mail address. Where a proxy names the user ([desk] proxy_user_header) it is what the proxy calls
    them.
    """
    loaded = _with_desk(context)
    login, name = _checked(loaded, login), clean_line(name, 100)
    if not name:
        raise UsageError("a colleague needs a name", remedy="give --name")
    with open_watched(context, loaded, create=True) as store:
        now = clock.now()
        with store.transaction():
            account = store.accounts.add(login, name, Role(role), now, language)
            if account is None:
                remedy = f"'notifier staff link {login}' sends a new link, 'notifier staff enable {login}' lets them in"
                raise UsageError("somebody has that login", remedy=remedy)
            _note(store, account, now, "added", role=role)
        context.show.line(f"{login} is {role} now")
        _invite(context, loaded, store, account, new=True, show_link=show_link)
    return DONE


@group.command("list")
@click.pass_obj
def staff_list(context: Context) -> int:
    """Show everybody who has an account: login, name, role, status."""
    loaded = context.load()
    with open_watched(context, loaded) as store:
        everyone = store.accounts.all()
    for account in everyone:
        context.show.line(f"{account.login}  {account.name}, {account.role.value}, {_status(loaded, account)}")
    if not everyone:
        context.show.line("nobody yet; add somebody with 'notifier staff add'")
    return DONE


@group.command("link")
@click.argument("login")
@_SHOW
@click.pass_obj
def staff_link(context: Context, login: str, show_link: bool) -> int:
    """Send LOGIN a new link to choose a password with. Earlier links open nothing any more."""
    loaded = _with_desk(context)
    if not loaded.desk.passwords:
        raise UsageError(
            "nobody signs in with a password here", remedy="they sign in as [desk] says; see docs/desk/access.md"
        )
    with open_watched(context, loaded) as store:
        account = _found(store, login)
        if account.disabled_at:
            raise UsageError("that account is disabled", remedy=f"say 'notifier staff enable {account.login}' first")
        _invite(context, loaded, store, account, new=False, show_link=show_link)
    return DONE


@group.command("role")
@click.argument("login")
@click.argument("role", type=_ROLES)
@_YES
@click.pass_obj
def staff_role(context: Context, login: str, role: str, yes: bool) -> int:
    """Make LOGIN an officer or an admin, at once."""
    with open_watched(context, context.load()) as store, store.transaction():
        account = _found(store, login)
        if Role(role) is not Role.ADMIN and not yes:
            _look_whether_last(store, account)
        store.accounts.set_role(account.number, Role(role))
        _note(store, account, clock.now(), "role", role=role)
    context.show.line(f"{account.login} is {role} now")
    return DONE


@group.command("disable")
@click.argument("login")
@_YES
@click.pass_obj
def staff_disable(context: Context, login: str, yes: bool) -> int:
    """Let LOGIN in no more, and sign them out at once. What they did stays in the log under their name."""
    return _let_in(context, login, "disabled", yes=yes)


@group.command("enable")
@click.argument("login")
@click.pass_obj
def staff_enable(context: Context, login: str) -> int:
    """Let LOGIN in again, with the password that they had."""
    return _let_in(context, login, "enabled")


def _let_in(context: Context, login: str, what: str, *, yes: bool = False) -> int:
    with open_watched(context, context.load()) as store, store.transaction():
        account, now = _found(store, login), clock.now()
        if what == "disabled" and not yes:
            _look_whether_last(store, account)
        store.accounts.disable(account.number, now if what == "disabled" else None)
        _note(store, account, now, what)
    context.show.line(f"{account.login} is {what}")
    return DONE


def _look_whether_last(store: Store, account: Account) -> None:
    """Raises UsageError where nobody would be left who may decide on mails."""
    admins = {one.number for one in store.accounts.all() if one.role is Role.ADMIN and not one.disabled_at}
    if admins == {account.number}:
        raise UsageError(
            "that is the last admin, and nobody could decide on mails that wait",
            remedy="make somebody else one first ('notifier staff role LOGIN admin'), or say --yes",
        )


def _with_desk(context: Context) -> Config:
    loaded = context.load()
    if not loaded.desk:
        raise UsageError(
            "the desk has no address",
            where=str(loaded.folder / "notifier.toml"),
            remedy='give [desk] address = "https://…", under which staff open it',
        )
    return loaded


def _checked(loaded: Config, login: str) -> str:
    """A login: a mail address, or where a proxy names the user whatever the proxy calls them."""
    if loaded.desk.proxy_user_header and "@" not in login:
        if not (plain := folded(clean_line(login, 100))) or plain != folded(login.strip()):
            raise UsageError("this is no login", remedy="write it as the proxy does")
        return plain
    if "@" not in login:
        raise UsageError(
            "this is not one plain mail address",
            remedy="write it as name@domain.example; other logins are for a proxy that names the user, with [desk] "
            "proxy_user_header (docs/desk/access.md)",
        )
    return folded(check_address(login))


def _found(store: Store, login: str) -> Account:
    found = store.accounts.by_login(login)
    if found is None:
        raise UsageError("nobody has that login", remedy="'notifier staff list' shows them")
    return found


def _status(loaded: Config, account: Account) -> str:
    if account.disabled_at:
        return f"disabled since {account.disabled_at.astimezone(COPENHAGEN).date().isoformat()}"
    return "active" if account.password or not loaded.desk.passwords else "has not chosen a password yet"


def _note(store: Store, account: Account, now: dt.datetime, what: str, **detail: str) -> None:
    """Into the audit trail: somebody at the command line did it."""
    store.actions.note(
        "staff", f"account:{account.number}", who="notifier staff", account=None, now=now, what=what, **detail
    )


def _invite(context: Context, loaded: Config, store: Store, account: Account, *, new: bool, show_link: bool) -> None:
    """Mail a link, or only where to sign in where there are no passwords. Raises DeliveryError with what to do."""
    now, url, desk = clock.now(), f"{loaded.desk.address}/", loaded.desk
    if desk.passwords:
        token = secrets.token_urlsafe(32)
        with store.transaction():
            store.accounts.set_link(account.number, token, now + LINK_LASTS)
            _note(store, account, now, "link")
        url = f"{desk.address}/adgangskode/{token}"
        if show_link:
            context.show.line(url)
    if "@" not in account.login:
        context.show.line(f"no mail was sent, for that is no address: tell them that they sign in at {desk.address}")
        return
    _send(loaded, account, _written(loaded, account, url, now, new=new), now)
    where = f"sent by {loaded.mail.relay}" if loaded.mail.relay else f"in {loaded.outbox}: there is no relay yet"
    what = "the link to choose a password, good for 72 hours, is" if desk.passwords else "where they sign in is told,"
    context.show.line(f"{what} {where}")


def _written(loaded: Config, account: Account, url: str, now: dt.datetime, *, new: bool) -> Note:
    w, desk = words(account.language), loaded.desk
    kind = "" if new else "_new_link"
    until = write_deadline(Deadline((now + LINK_LASTS).astimezone(COPENHAGEN)), account.language)
    lines = (w("staffmail.until", until=until, address=desk.address),) if desk.passwords else ()
    how = "elsewhere" if not desk.passwords else "password_again" if account.password else "password"
    return Note(
        language=account.language,
        subject=w(f"staffmail.subject{kind}", town=loaded.town.name),
        town=loaded.town.name,
        heading=w(f"staffmail.heading{kind}", name=account.name),
        paragraphs=(w(f"staffmail.{how}"),),
        button=Link(w(f"staffmail.button_{'password' if desk.passwords else 'elsewhere'}"), url),
        after=(*lines, w("staffmail.not_you", contact=loaded.town.contact)),
    )


def _send(loaded: Config, account: Account, note: Note, now: dt.datetime) -> None:
    """Hand it over now: somebody at the command line waits for it, and it is no subscriber's."""
    message_id = new_message_id(loaded.mail)
    body = make_staff_message(
        render_note(note),
        (account.name, account.login),
        account.language,
        loaded.town,
        loaded.mail,
        message_id=message_id,
        now=now,
    )
    transport = transport_for(loaded.mail, loaded.outbox)
    try:
        came_of_it = transport.send(Letter(message_id, account.login, body), lambda: True)
    finally:
        transport.close()
    if came_of_it.outcome is not Outcome.ACCEPTED:
        raise DeliveryError(
            f"the account is there, and its mail was not sent: {came_of_it.detail or came_of_it.outcome}",
            where=loaded.mail.relay or str(loaded.outbox),
            remedy=f"mend that, then say 'notifier staff link {account.login}'; --show-link prints the link as well",
        )
