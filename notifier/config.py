"""config/*.toml into frozen values. Every mistake is found and named before anything is fetched or sent.

`notifier.toml` describes the town, `sources/<id>.toml` one source each, `suitability.toml` the rules, `buyers.csv` the
buyers that are followed, `enterprises.csv` known social enterprises. Paths in the files are relative to the
configuration folder. Secrets come from the environment (NOTIFIER_SMTP_PASSWORD) or from a file that the configuration
names, never from the TOML itself.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import re
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from notifier.buyers import FILE as BUYERS
from notifier.buyers import Buyer, read_buyers
from notifier.door import MAX_ADDRESS, Door
from notifier.enterprises import FILE as ENTERPRISES
from notifier.enterprises import Enterprise, read_enterprises
from notifier.errors import ConfigError, Mistake, UsageError
from notifier.text import clean_address, clean_url
from notifier.toml import Table, read_table

# Kinds of sources; spiders/ has one spider for each that is crawled. What staff post themselves is not.
POSTED = "opslag"
CRAWLED_KINDS = ("udbud", "ted", "page", "agreements", "eusupply", "comdia", "ocds", "feed")
KINDS = (*CRAWLED_KINDS, POSTED)


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
    name: str = ""  # what readers call it; the publisher where it is not given
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
    buyers: tuple[Buyer, ...] = ()  # those of the installation, for kinds that ask for them
    licence: str = ""  # under which the source lets its notices be used again, as readers are told it; "" unknown
    licence_url: str = ""  # where that is said
    checked: str = ""  # the day on which a person found a change of the page right: earlier runs are not compared

    @property
    def crawled(self) -> bool:
        """Whether there is something to read: not where staff post themselves."""
        return self.kind != POSTED


@dataclass(frozen=True, slots=True)
class Town:
    """Who publishes with this program, as readers see it."""

    name: str
    contact: str  # an office's address: stands in the user agent and at the foot of mails
    base_url: str  # where the site is published, without a slash at the end
    time_zone: str = "Europe/Copenhagen"
    accessibility: str = ""  # where its accessibility statement stands, as Danish law asks: at was.digst.dk
    id_host: str = ""  # the host in identifiers, where the site has moved from the one that they were made with

    @property
    def named(self) -> str:
        """The host that identifiers of entries and events are made with: for ever the same."""
        return self.id_host or urlsplit(self.base_url).hostname or "localhost"


@dataclass(frozen=True, slots=True)
class OpenData:
    """What is said of the published data: [open_data]."""

    licence: str = ""  # of our marks; each source's own holds for what it published. "" as long as none was chosen
    licence_url: str = ""
    ocid_prefix: str = "ocds-unregistered"  # registered ones come from the Open Contracting Partnership
    publisher_uri: str = ""  # of the town, for programs; its site where it is ""

    @property
    def registered(self) -> bool:
        """Whether the identifiers of procedures are unique in the world."""
        return self.ocid_prefix != OpenData().ocid_prefix


@dataclass(frozen=True, slots=True)
class Mail:
    """How mail leaves. Without a relay it is written into `outbox`, a Maildir."""

    sender: str
    sender_name: str = ""
    relay: str = ""  # host
    port: int = 25
    security: str = "starttls"  # none | starttls | tls
    user: str = ""
    password: str = field(default="", repr=False)  # from NOTIFIER_SMTP_PASSWORD or the file named in password_file
    timeout_s: float = 30.0
    per_minute: int = 0  # mails handed over in a minute, at most; 0 for no limit
    return_path: str = ""  # where bounces go, each with its mail's number added (VERP); the sender where it is ""
    bounces: Path | None = None  # a Maildir that the return path's mail is delivered into
    imap: str = ""  # or the host of its mailbox, read over TLS
    imap_user: str = ""
    imap_password: str = field(default="", repr=False)  # from NOTIFIER_IMAP_PASSWORD or imap_password_file
    dkim_selector: str = ""
    dkim_key: bytes = field(default=b"", repr=False)  # PEM, of the file named in dkim_key_file


ANNOUNCE = ("machine", "tagged")


Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]


@dataclass(frozen=True, slots=True)
class Provider:
    """Who says in the town who somebody is: its OpenID provider."""

    issuer: str  # without a slash at the end where the provider writes none
    client: str
    secret: str = field(repr=False)  # from NOTIFIER_OIDC_SECRET or the file named in oidc_secret_file
    name: str = ""  # what the button calls it; the town where it is ""
    only: bool = False  # nobody signs in with a password


@dataclass(frozen=True, slots=True)
class DeskConfig:
    """The staff's pages: [desk]. Without an address there are none."""

    address: str = ""  # as staff open it, without a slash at the end
    listen: tuple[str, int] = ("127.0.0.1", 8788)  # where it is served; never the same as the public pages
    trusted_proxies: Networks = ()  # whose X-Forwarded-For, and whose word on the user, is believed
    provider: Provider | None = None
    proxy_user_header: str = ""  # in which a trusted proxy names the user's login; then nobody signs in here

    def __bool__(self) -> bool:
        return bool(self.address)

    @property
    def passwords(self) -> bool:
        """Whether staff sign in with a password of their own."""
        return not self.proxy_user_header and not (self.provider and self.provider.only)


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
    staff: Path  # pages for the town's own staff: never inside the site
    rules: Path  # suitability.toml
    marker: Path  # records, beside the configuration, that the database was made
    journal: Path  # who left: beside the database, and not in its backups
    announce: str = "machine"  # or "tagged": whether lots go out that no officer has tagged
    door: Door = field(default_factory=Door)  # the pages that answer; without an address there are none
    listen: tuple[str, int] = ("127.0.0.1", 8787)  # where they are served
    trusted_proxies: Networks = ()  # whose X-Forwarded-For is believed there
    desk: DeskConfig = field(default_factory=DeskConfig)
    buyers: tuple[Buyer, ...] = ()
    enterprises: tuple[Enterprise, ...] = ()  # those that are known to be social; winners are counted by them
    places: tuple[str, ...] = ()  # NUTS codes of the places that are followed; none for everywhere
    open_data: OpenData = field(default_factory=OpenData)
    proxy: str = ""  # http://host:port, through which sources are fetched; "" for none
    cost: int | None = None  # what the notifier costs the town in a year, in whole kroner; None where it says nothing
    cost_covers: str = ""  # and what that is made of, in the town's words
    secrets: tuple[Path, ...] = ()  # files that hold one

    @property
    def crawled(self) -> tuple[Source, ...]:
        """The sources that are read."""
        return tuple(source for source in self.sources if source.crawled)

    @property
    def posted(self) -> Source | None:
        """The source under which staff post; None where there is none, or it is switched off."""
        return next((source for source in self.sources if not source.crawled and source.enabled), None)


SourceCheck = Callable[["Source", str], Iterable[Mistake]]


def load(
    folder: Path,
    *,
    database: Path | None = None,
    environment: Mapping[str, str] | None = None,
    check_source: SourceCheck | None = None,
) -> Config:
    """Read and check a configuration folder. `database` overrides the path in the file.

    `check_source` looks at what only the source's kind knows, its [filter] and [selectors], given the file's name.
    Raises ConfigError with every mistake that there is.
    """
    folder = folder.resolve()
    environment = os.environ if environment is None else environment
    mistakes: list[Mistake] = []
    if not folder.is_dir():
        remedy = "name the folder with --config, or make one with 'notifier init DIR'"
        raise ConfigError((Mistake(str(folder), None, "", "there is no configuration folder", remedy),))
    top = read_table(folder / "notifier.toml", mistakes)
    buyers = read_buyers(folder / BUYERS, mistakes)
    enterprises = read_enterprises(folder / ENTERPRISES, mistakes)
    sources = _sources(folder / "sources", buyers, mistakes, check_source)
    if top is None:
        raise ConfigError(tuple(mistakes))
    town = _town(top.table("town"))
    mail_table, desk_table = top.table("mail"), top.table("desk")
    secrets = [named for table in (mail_table, desk_table) for key in _SECRETS if (named := table.peek(key))]
    mail = _mail(mail_table, folder, environment)
    door, listen, proxies = _door(top.table("web"))
    desk = _desk(desk_table, listen, folder, environment)
    digest = top.table("digest")
    announce = digest.choice("announce", "machine", ANNOUNCE)
    digest.finish()
    proxy = _proxy(top.table("network"))
    open_data = _open_data(top.table("open_data"))
    cost, cost_covers = _cost(top.table("report"))
    paths = top.table("paths")
    configured = _path(paths, "database", folder, "../var/notifier.db")
    config = Config(
        folder=folder,
        town=town,
        mail=mail,
        sources=sources,
        database=database.resolve() if database else configured,
        outbox=_path(paths, "outbox", folder, "../var/outbox"),
        site=_path(paths, "site", folder, "../var/site"),
        staff=_path(paths, "staff", folder, "../var/staff"),
        rules=_path(paths, "rules", folder, "suitability.toml"),
        marker=_marker(folder, database.resolve() if database else configured, configured),
        journal=_journal(paths, folder, database),
        announce=announce,
        door=door,
        listen=listen,
        trusted_proxies=proxies,
        desk=desk,
        buyers=buyers,
        enterprises=enterprises,
        places=_places(top.table("places")),
        open_data=open_data,
        proxy=proxy,
        cost=cost,
        cost_covers=cost_covers,
        secrets=tuple((folder / named).resolve() for named in secrets),
    )
    for key, private in _published_by_mistake(config):
        paths.mistake(key, "lies inside the published site", f"name a place outside of it: {private}")
    for what in _misplaced(config):
        paths.mistake("site", what, "name a folder of its own, such as ../var/site")
    paths.finish()
    top.finish()
    if not config.rules.is_file():
        remedy = "copy the shipped one ('notifier init DIR' does), or mend the key rules in [paths]"
        mistakes.append(Mistake(str(config.rules), None, "", "the rules of suitability are missing", remedy))
    if mistakes:
        raise ConfigError(tuple(mistakes))
    return config


_PRIVATE = {  # what must not be published, by its key in [paths]
    "staff": "this is for staff alone",
    "database": "it holds people's addresses",
    "outbox": "mails hold personal links",
    "journal": "it says who left",
}
_SECRETS = ("password_file", "imap_password_file", "dkim_key_file", "oidc_secret_file")


def _published_by_mistake(config: Config) -> Iterator[tuple[str, str]]:
    """What is private and lies in the site, by its key, and why it is private."""
    for key, private in _PRIVATE.items():
        place: Path = getattr(config, key)
        if _holds(config.site, place):
            yield key, private


def _misplaced(config: Config) -> Iterator[str]:
    """What else speaks against the place of the site. A folder of its own below the configuration is one: that is how
    'notifier init' lays a town out."""
    site, mail = config.site, config.mail
    folders = [
        ("staff", config.staff),
        ("outbox", config.outbox),
        *([("bounces", mail.bounces)] if mail.bounces else []),
    ]
    for key, place in folders:
        if place in site.parents:
            yield f"lies in {key}: {_PRIVATE.get(key, 'mails are private')}"
    if mail.bounces and _holds(site, mail.bounces):
        yield "holds the mails that come back"
    if _holds(site, config.folder):
        yield "holds the configuration"
        return
    if _holds(site, config.folder / "sources") or config.folder / "sources" in site.parents:
        yield "is where the sources are described"
    if _holds(site, config.rules):
        yield "holds the rules"
    if any(_holds(site, file) for file in config.secrets):
        yield "holds a file with a secret"


def _holds(site: Path, place: Path) -> bool:
    return place == site or site in place.parents


def elsewhere(config: Config, site: Path | None, base_url: str | None) -> Config:
    """The same with another folder or address of the site; what is None stays as configured.

    Raises UsageError for an address that is none, and for a folder that holds, or lies within, what is private.
    """
    place = config.site if site is None else site.resolve()
    at = config.town.base_url if base_url is None else base_url.rstrip("/")
    if not _is_web_address(at):
        raise UsageError(f"--base-url is '{at}'", remedy="give an address that starts with https://")
    # A copy has the same entries and events, whichever address it has: a reader that knows both shows each once.
    kept = config.town.id_host if at == config.town.base_url else config.town.named
    other = replace(config, site=place, town=replace(config.town, base_url=at, id_host=kept))
    refused = [f"{key} lies in it: {private}" for key, private in _published_by_mistake(other)]
    refused += [f"it {what}" for what in _misplaced(other)]
    if refused:
        raise UsageError(
            f"nothing can be published there, {refused[0]}", where=str(place), remedy="name a folder of its own"
        )
    return other


def _marker(folder: Path, database: Path, configured: Path) -> Path:
    """One marker for the configured database, wherever it is moved to, and one for each that --db ever named."""
    if database == configured:
        return folder / ".database"
    return folder / f".database-{hashlib.sha256(str(database).encode()).hexdigest()[:12]}"


def _journal(table: Table, folder: Path, database: Path | None) -> Path:
    """Beside the configured database; one that --db names has a journal of its own, or each would count the other's."""
    configured = _path(table, "journal", folder, "../var/left.jsonl")
    return configured if database is None else database.resolve().with_name(f"{database.name}.left.jsonl")


def _path(table: Table, key: str, folder: Path, default: str) -> Path:
    return (folder / table.text(key, default)).resolve()


_HOST = re.compile(r"(?=.{1,253}$)[^\W_](?:[\w-]{0,61}[^\W_])?(?:\.[^\W_](?:[\w-]{0,61}[^\W_])?)*")


def _town(table: Table) -> Town:
    base_url = table.text("base_url", required=True, wanted="the address where the site is published").rstrip("/")
    if base_url and not _is_web_address(base_url):
        table.mistake("base_url", f"is '{base_url}'", "give an address that starts with https://")
    zone = table.text("time_zone", "Europe/Copenhagen")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        table.mistake("time_zone", f"'{zone}' is no time zone", "give one such as Europe/Copenhagen")
    contact = table.text("contact", required=True, wanted="an office's mail address")
    if contact and not _is_address(contact):
        table.mistake("contact", f"'{contact}' is no mail address", "give one, such as indkoeb@kommune.example")
    statement = table.text("accessibility")
    if statement and not clean_url(statement):
        remedy = "give the statement's own address, such as https://www.was.digst.dk/opgaver-kommune-example"
        table.mistake("accessibility", f"is '{statement}'", remedy)
    id_host = table.text("id_host").lower()
    if id_host and not _HOST.fullmatch(id_host):
        remedy = "give a host alone, such as opgaver.kommune.example, without https:// and without a path"
        table.mistake("id_host", f"'{id_host}' is no host", remedy)
    town = Town(
        name=table.text("name", required=True, wanted="the town's name as readers know it"),
        contact=contact,
        base_url=base_url,
        time_zone=zone,
        accessibility=clean_url(statement),
        id_host=id_host,
    )
    table.finish()
    return town


def _open_data(table: Table) -> OpenData:
    usual = OpenData()
    licence, licence_url = _licence(table)
    prefix = table.text("ocid_prefix", usual.ocid_prefix)
    if prefix != usual.ocid_prefix and not re.fullmatch(r"ocds-[a-z0-9]{6}", prefix):
        remedy = "give the one that you were assigned, ocds- and six letters or digits; without one take the key out"
        table.mistake("ocid_prefix", f"'{prefix}' is no prefix of the Open Contracting Partnership's", remedy)
    uri = table.text("publisher_uri")
    if uri and not _is_web_address(uri):
        table.mistake("publisher_uri", f"is '{uri}'", "give the town's address; it starts with https://")
    table.finish()
    return OpenData(licence, licence_url, prefix, uri)


def _licence(table: Table) -> tuple[str, str]:
    """A licence and where it is to be read."""
    name, address = table.text("licence"), table.text("licence_url")
    if address and not name:
        table.mistake("licence", "is missing", 'name what licence_url leads to, such as licence = "CC BY 4.0"')
    if address and not _is_web_address(address):
        table.mistake("licence_url", f"is '{address}'", "give the address where the licence is to be read")
    return name, address


def _cost(table: Table) -> tuple[int | None, str]:
    """What the effects report says the notifier costs: only what the town has written here."""
    known = table.holds("yearly_cost")
    cost, covers = table.whole("yearly_cost", 0), table.text("yearly_cost_covers")
    if known != bool(covers):
        table.mistake(
            "yearly_cost_covers", "needs yearly_cost, and that needs it", 'give both, such as 120000 and "drift, løn"'
        )
    table.finish()
    return (cost if known else None), covers


def _mail(table: Table, folder: Path, environment: Mapping[str, str]) -> Mail:
    sender = table.text("sender", required=True, wanted="the address that mails come from")
    if sender and not _is_address(sender):
        table.mistake("sender", f"'{sender}' is no mail address", "give one, such as opgaver@kommune.example")
    if table.holds("password"):
        table.mistake("password", "a secret does not belong here", "use NOTIFIER_SMTP_PASSWORD or password_file")
        table.text("password")
    signed = table.holds("dkim_key_file")
    mail = Mail(
        sender=sender,
        sender_name=table.text("sender_name"),
        relay=table.text("relay"),
        port=table.whole("port", 25, least=1, most=65535),
        security=table.choice("security", "starttls", ("none", "starttls", "tls")),
        user=table.text("user"),
        password=_secret(table, folder, environment, "password_file", "NOTIFIER_SMTP_PASSWORD"),
        timeout_s=table.number("timeout_s", 30.0, least=1, most=600),
        per_minute=table.whole("per_minute", 0, least=0, most=100_000),
        return_path=table.text("return_path"),
        bounces=(folder / bounces).resolve() if (bounces := table.text("bounces")) else None,
        imap=table.text("imap"),
        imap_user=table.text("imap_user"),
        imap_password=_secret(table, folder, environment, "imap_password_file", "NOTIFIER_IMAP_PASSWORD"),
        dkim_selector=table.text("dkim_selector"),
        dkim_key=_secret(table, folder, {}, "dkim_key_file", "").encode(),
    )
    if bool(mail.dkim_selector) != signed:
        table.mistake("dkim_selector", "needs dkim_key_file, and that needs it", "give both, or neither")
    _check_returns(table, mail)
    if mail.security == "none" and mail.relay and not _is_loopback(mail.relay):
        table.mistake(
            "security", "would send mail in the open", "use starttls or tls; none is for a relay on 127.0.0.1"
        )
    if mail.user and not mail.password:
        table.mistake("user", "has no password", "set NOTIFIER_SMTP_PASSWORD or password_file")
    table.finish()
    return mail


def _check_returns(table: Table, mail: Mail) -> None:
    """What comes back: keys that make sense only together."""
    if mail.return_path and not _is_return_path(mail.return_path):
        table.mistake(
            "return_path",
            f"'{mail.return_path}' is no mail address, or too long to add a mail's number to",
            "give one such as retur@kommune.example",
        )
    if mail.imap and mail.bounces:
        table.mistake("imap", "is a second place for the mails that bounces holds", "give one of the two keys")
    if mail.imap and not _is_host(mail.imap):
        table.mistake("imap", f"'{mail.imap}' is no host", "give one such as imap.kommune.example, or host:port")
    if mail.imap and not (mail.imap_user and mail.imap_password):
        table.mistake("imap", "needs a user and a password", "give imap_user, and NOTIFIER_IMAP_PASSWORD or a file")


def _secret(table: Table, folder: Path, environment: Mapping[str, str], key: str, variable: str) -> str:
    """From the environment, or out of a file that only this user can read."""
    named = table.text(key)
    if from_environment := environment.get(variable, ""):
        return from_environment
    if not named:
        return ""
    file = folder / named
    try:
        if file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            table.mistake(key, f"{file} can be read by others", f"chmod 600 {file}")
        if not (secret := file.read_text(encoding="utf-8").strip()):
            table.mistake(key, f"{file} is empty", "write the secret into it")
        return secret
    except OSError as error:
        table.mistake(key, f"{file} cannot be read ({error.strerror})", "make it readable for this user alone")
    except UnicodeDecodeError:
        table.mistake(key, f"{file} is no text", "write the secret into it as UTF-8")
    return ""


# RFC 5321 4.5.3.1: 64 octets before the @, 254 in all; "+", the mail's number and ten letters of its code are added.
_VERP_OCTETS = 30


def _is_return_path(address: str) -> bool:
    short = len(address.partition("@")[0]) <= 64 - _VERP_OCTETS and len(address) <= 254 - _VERP_OCTETS
    return _is_address(address) and short


# It stands in a mail header between < and >, and paths are added to it: no letters outside ASCII, no query.
_HEADER_SAFE = re.compile(r"[A-Za-z0-9:/._~%\[\]-]+")


def _is_host(text: str) -> bool:
    host, colon, port = text.partition(":")
    whole = not colon or (re.fullmatch(r"[0-9]{1,5}", port) is not None and 0 < int(port) < 65536)
    return bool(re.fullmatch(r"[A-Za-z0-9.-]+", host)) and whole


def _door(table: Table) -> tuple[Door, tuple[str, int], Networks]:
    others = set(table.names()) - {"address"}
    address = table.text("address").rstrip("/")
    _check_served(table, address, others, "under which the proxy shows the pages", "the keys that links hold")
    if address and not (_is_web_address(address) and _HEADER_SAFE.fullmatch(address)):
        table.mistake("address", f"is '{address}'", "give the address of the pages, such as https://opgaver.by.example")
    if len(address) > MAX_ADDRESS:
        remedy = f"use at most {MAX_ADDRESS} characters: it stands in a mail header that must not be broken"
        table.mistake("address", f"is {len(address)} characters long", remedy)
    listen, proxies = _listen(table, "127.0.0.1:8787"), _networks(table, "trusted_proxies")
    table.finish()
    return Door(address), listen, proxies


def _check_served(table: Table, address: str, others: Collection[str], what: str, secrets: str) -> None:
    """An address there is, where anything else is said; and nothing secret goes to it in the open."""
    if others and not address:
        remedy = f'give address = "https://…", {what}, or take out {", ".join(sorted(others))}'
        table.mistake("address", "is missing, so nothing is served", remedy)
    parts = urlsplit(address if _is_web_address(address) else "")
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        remedy = "give one that starts with https://; http:// is for 127.0.0.1 and localhost"
        table.mistake("address", f"would send {secrets} in the open", remedy)


def _listen(table: Table, default: str) -> tuple[str, int]:
    host, _, port = table.text("listen", default).rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65536 or not host:
        table.mistake("listen", "is no host and port", f'write them as "{default}"')
        host, _, port = default.rpartition(":")
    return host.strip("[]"), int(port)


def _networks(table: Table, key: str) -> Networks:
    """Addresses and networks of proxies. Nobody is trusted who is not named, the machine itself included: a proxy that
    hands a visitor's own X-Forwarded-For on, as some do unasked, would let everybody choose where they come from."""
    found = []
    for text in table.texts(key):
        try:
            network = ipaddress.ip_network(text.strip())
        except ValueError:
            table.mistake(key, f"'{text}' is no address", 'give those of your proxies, such as ["127.0.0.1", "::1"]')
            continue
        if network.prefixlen == 0:
            table.mistake(key, f"'{text}' is everybody", "name the addresses of your proxies alone")
        else:
            found.append(network)
    return tuple(found)


def _desk(table: Table, public: tuple[str, int], folder: Path, environment: Mapping[str, str]) -> DeskConfig:
    others = set(table.names()) - {"address"}
    address = table.text("address").rstrip("/")
    if address and not _is_web_address(address):
        table.mistake("address", f"is '{address}'", "give the address of the desk, such as https://udbud.by.example")
    _check_served(table, address, others, "under which staff open it", "passwords and session cookies")
    listen = _listen(table, "127.0.0.1:8788")
    if address and listen == public:
        table.mistake("listen", "is where the public pages are served", "give the desk a port of its own")
    desk = DeskConfig(
        address,
        listen,
        trusted_proxies=_networks(table, "trusted_proxies"),
        provider=_provider(table, folder, environment),
        proxy_user_header=table.text("proxy_user_header"),
    )
    _check_user_header(table, desk)
    table.finish()
    return desk


# What a browser sends by itself, or a proxy for another purpose: no such header names the user.
_NO_USER = re.compile(
    r"(?i)cookie|host|origin|referer|user-agent|content-.*|accept.*|sec-.*|authorization|connection|forwarded"
    r"|x-forwarded-.*|x-real-ip|x-csrf-?token|via"
)


def _check_user_header(table: Table, desk: DeskConfig) -> None:
    key, header = "proxy_user_header", desk.proxy_user_header
    if not header:
        return
    if not re.fullmatch(r"[A-Za-z0-9-]{1,80}", header) or _NO_USER.fullmatch(header):
        remedy = "give one that your proxy sets, such as X-Remote-User: letters, digits and hyphens"
        table.mistake(key, f"'{header}' is no header that names a user", remedy)
    if not desk.trusted_proxies:
        remedy = 'name the proxy that may set it, trusted_proxies = ["127.0.0.1"], or take it out'
        table.mistake(key, "would let everybody say who they are: no proxy is trusted", remedy)
    if desk.provider:
        table.mistake(key, "is a second way, beside oidc_issuer, to say who somebody is", "give one of the two keys")


def _provider(table: Table, folder: Path, environment: Mapping[str, str]) -> Provider | None:
    issuer, client = table.text("oidc_issuer"), table.text("oidc_client_id")
    if table.holds("oidc_secret"):
        table.mistake("oidc_secret", "a secret does not belong here", "use NOTIFIER_OIDC_SECRET or oidc_secret_file")
        table.text("oidc_secret")
    secret = _secret(table, folder, environment, "oidc_secret_file", "NOTIFIER_OIDC_SECRET")
    name, only = table.text("oidc_name"), table.flag("oidc_only", False)
    if not issuer:
        if client or only:
            table.mistake("oidc_issuer", "is missing", "give the address of the provider, as it names itself")
        return None
    host = urlsplit(issuer).hostname or "" if _is_web_address(issuer) else ""
    if not host or not (issuer.startswith("https://") or _is_loopback(host)):
        table.mistake("oidc_issuer", f"is '{issuer}'", "give the provider's address; it starts with https://")
    if not client:
        table.mistake("oidc_client_id", "is missing", "give what the provider calls this program")
    if not secret:
        table.mistake("oidc_client_id", "has no secret", "set NOTIFIER_OIDC_SECRET or oidc_secret_file")
    return Provider(issuer, client, secret, name, only)


def _proxy(table: Table) -> str:
    """The outbound proxy as "http://host:port". A proxy that wants a password is none that a run alone can use."""
    proxy = table.text("proxy").rstrip("/")
    table.finish()
    if not proxy:
        return ""
    try:
        parts = urlsplit(proxy)
        plain = (parts.scheme, bool(parts.hostname), "@" in parts.netloc, parts.path, parts.query, parts.fragment)
        whole = plain == ("http", True, False, "", "", "") and parts.port is not None
    except ValueError:
        whole = False
    if not whole:
        table.mistake("proxy", f"is '{proxy}'", "give host and port without a password, as http://proxy.example:3128")
        return ""
    return proxy


def _places(table: Table) -> tuple[str, ...]:
    codes = tuple(code.strip().upper() for code in table.texts("nuts"))
    for code in codes:
        if not re.fullmatch(r"[A-Z]{2}[0-9A-Z]{0,3}", code):
            table.mistake("nuts", f"'{code}' is no NUTS code", "give codes such as DK011 (Byen København) or DK01")
    table.finish()
    return codes


def _sources(
    folder: Path, buyers: tuple[Buyer, ...], mistakes: list[Mistake], check: SourceCheck | None
) -> tuple[Source, ...]:
    files = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    if not files:
        mistakes.append(Mistake(str(folder), None, "", "there is no source", "add one file per source, e.g. ted.toml"))
    tables = [(file, table) for file in files if (table := read_table(file, mistakes)) is not None]
    sources = []
    for file, table in tables:
        sources.append(replace(_source(file, table), buyers=buyers))
        if check is not None and sources[-1].kind and sources[-1].crawled:
            mistakes += [table.placed(mistake) for mistake in check(sources[-1], str(file))]
    return tuple(sources)


def read_source(file: Path, check: SourceCheck | None = None) -> Source:
    """One source by itself, wherever its file lies and whether it ends in .toml or still in .toml.example.

    Raises ConfigError with every mistake in it.
    """
    mistakes: list[Mistake] = []
    table = read_table(file, mistakes)
    source = _source(file.with_name(f"{file.name.partition('.')[0]}.toml"), table) if table is not None else None
    if check is not None and table is not None and source is not None and source.kind and source.crawled:
        mistakes += [table.placed(mistake) for mistake in check(source, str(file))]
    if mistakes or source is None:
        raise ConfigError(tuple(mistakes))
    return source


def _source(file: Path, table: Table) -> Source:
    ident = table.text("id", file.stem)
    if ident != file.stem:
        table.mistake("id", f"is '{ident}'", f"call it '{file.stem}', as the file is called, or rename the file")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,40}", file.stem):
        table.mistake("id", f"'{file.stem}' is no id", "use small letters, digits and hyphens")
    kind = table.choice("kind", "", KINDS, required=True)
    url = table.text("url", required=kind != POSTED, wanted="the address of the source")
    if url and not _is_web_address(url):
        table.mistake("url", f"is '{url}'", "give an address that starts with https:// or http://")
    expect = table.table("expect")
    expected = Expect(expect.whole("min", 0), expect.whole("max", 5000))
    if expected.min > expected.max:
        expect.mistake("min", "is more than max", "swap them")
    expect.finish()
    publisher = table.text("publisher", required=True, wanted="who publishes the source")
    licence, licence_url = _licence(table)
    source = Source(
        id=file.stem,
        kind=kind,
        publisher=publisher,
        url=url,
        name=table.text("name") or publisher,
        language=table.choice("language", "da", ("da", "en")),
        allow_private_address=table.flag("allow_private_address", False),
        expect=expected,
        delay_s=table.number("delay_s", 2.0, most=600),
        concurrency=table.whole("concurrency", 1, least=1, most=64),
        max_pages=table.whole("max_pages", 200, least=1, most=100_000),
        deadline_s=table.number("deadline_s", 900.0, least=1, most=86_400),
        filter=_posted(table.table("filter")) if kind == POSTED else table.raw("filter"),
        selectors=table.raw("selectors"),
        licence=licence,
        licence_url=licence_url,
        checked=table.text("checked", wanted='a day such as "2026-12-01"'),
        enabled=table.flag("enabled", True),
    )
    table.finish()
    return source


THRESHOLD = 500_000  # kr. without VAT: see docs/sources/opslag.md


def threshold(source: Source) -> int:
    """Up to which value a small purchase may be posted, in kroner without VAT: it has to stay below."""
    found: int = source.filter.get("threshold", THRESHOLD)
    return found


def _posted(table: Table) -> dict[str, Any]:
    """What only a source has that staff post themselves."""
    found = {"threshold": table.whole("threshold", THRESHOLD, least=1, most=10_000_000)}
    table.finish()
    return found


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def _is_address(text: str) -> bool:
    """What every mail will stand on: the same test as for a subscriber's, in ASCII as it is written here."""
    return text.isascii() and bool(clean_address(text))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
