"""Every error that the notifier raises on purpose.

    NotifierError                  what a person can be told: what happened, where, what to do
    ├── UsageError                 the command line asks for something that cannot be        exit 2
    ├── ConfigError                one or more mistakes in config/*.toml or the environment  exit 2
    ├── LockHeld                   another run holds the lock                                exit 75
    ├── Busy                       the desk checks as many passwords as it can at once
    ├── SourceError                a source could not be read; the others go on              exit 3
    │   ├── Blocked                the host does not want us now (robots.txt, refused address)
    │   ├── Unreachable            no answer, or only errors, after the agreed number of tries
    │   ├── LandmarkMissing        an answer, but not the page that the configuration describes
    │   └── ParseError             the document is not what it should be (broken XML, cut off)
    ├── StoreError                 the database: missing, corrupt, newer, full, locked       exit 1
    ├── ModelError                 a learned model cannot be used or made                    exit 1
    ├── PublishError               the public pages could not be written                     exit 1
    │   └── ForeignFolder          the folder holds what is not ours                         exit 2
    └── DeliveryError              a mail could not be handed over                           exit 1

Each carries `what`, `where` (a file, `file:line`, key or URL) and `remedy`, and reads as one sentence for people.
"""

from __future__ import annotations


class NotifierError(Exception):
    """Base of all. `str(error)` is a message for people: "what (where): remedy"."""

    exit_status = 1

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what, self.where, self.remedy = what, where, remedy
        place = f" ({where})" if where else ""
        advice = f": {remedy}" if remedy else ""
        super().__init__(f"{what}{place}{advice}")


class UsageError(NotifierError):
    """The command line asks for something that cannot be, such as a source that is not configured."""

    exit_status = 2


class ConfigError(NotifierError):
    """Mistakes in the configuration. `mistakes` holds every one of them, so that all can be mended at once."""

    exit_status = 2

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(str(mistake) for mistake in mistakes))


class Mistake:
    """One mistake in the configuration: the file, the line where known, the key, what is wrong, what to do."""

    __slots__ = ("file", "key", "line", "remedy", "what")

    def __init__(self, file: str, line: int | None, key: str, what: str, remedy: str) -> None:
        self.file, self.line, self.key, self.what, self.remedy = file, line, key, what, remedy

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return (
            f"{place}: {self.key}: {self.what}; {self.remedy}" if self.key else f"{place}: {self.what}; {self.remedy}"
        )


class LockHeld(NotifierError):
    """Another run is under way. 75 is EX_TEMPFAIL of sysexits.h: trying later will do."""

    exit_status = 75


class Busy(NotifierError):
    """As many passwords are being checked as can be at once. Trying again in a moment will do."""

    exit_status = 75


class SourceError(NotifierError):
    """A source could not be read. What was known of it stays as it was; the other sources go on."""

    exit_status = 3


class Blocked(SourceError):
    """The host does not want us now: robots.txt forbids it or cannot be read, or the address is refused."""


class Unreachable(SourceError):
    """No answer, or nothing but errors, after the agreed number of tries."""


class NotThere(Unreachable):
    """The host answers that there is no such page (404, 410)."""


class LandmarkMissing(SourceError):
    """The page came, but lacks the landmark by which it is known: a redesign, a login, a maintenance page."""


class ParseError(SourceError):
    """A document is not what it should be: broken or cut-off XML, a wrong root, JSON that is none."""


class UnknownForm(ParseError):
    """A whole document of a form that is not read here."""


class StoreError(NotifierError):
    """The database cannot be used: missing where one was, corrupt, of a newer program, locked, or the disk is full."""


class ModelError(NotifierError):
    """A learned model cannot be used: missing, cut off, altered, of another version; or too little to learn from."""


class PublishError(NotifierError):
    """The public pages could not be written: no permission, no space. What was published before still stands whole."""


class ForeignFolder(PublishError):
    """The folder for the public pages holds something else, and nothing says that it is ours. Nothing was touched."""

    exit_status = 2


class DeliveryError(NotifierError):
    """A mail could not be handed over. `permanent` says whether trying again could help."""

    def __init__(self, what: str, *, where: str = "", remedy: str = "", permanent: bool = False) -> None:
        self.permanent = permanent
        super().__init__(what, where=where, remedy=remedy)
