"""What buyers write of their officers, found in running text: names, phone numbers and mail addresses. Pure.

A name is told by its shape (capitals, initials, titles) and by what stands before it, for "kontakt" alone says
nothing: "kontakt med borgere" and "kontaktpersonordning" are services that are bought. Every step looks at a bounded
piece of the text or moves on behind it, so a text takes time with its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, Flag, auto
from urllib.parse import unquote, urlsplit, urlunsplit

import ahocorasick

from notifier.text import clean_url


@dataclass(frozen=True, slots=True)
class Stand:
    """What stands for what is left out."""

    name: str = " "
    address: str = " "
    phone: str = " "


def left_out(text: str, stand: Stand) -> str:
    """The text without named contact persons, their phone numbers, and mail addresses.

    >>> left_out("Kontaktperson: Mette H. Jensen, tlf. 33 66 12 34.", Stand("(navn)", "(mail)", "(telefon)"))
    'Kontaktperson: (navn), tlf. (telefon).'
    """
    marks = _marks_in(text)
    if Mark.ADDRESS in marks:
        text = _replaced(text, _addresses(text), _MAIL)
    if Mark.PHONE in marks:
        text = _PHONE.sub(lambda match: match[1] + _NUMBER_OUT, text)
    if Mark.LABEL in marks:
        text = _without_names(text)
    for mark, words in ((_MAIL, stand.address), (_NUMBER_OUT, stand.phone), (_NAME, stand.name)):
        text = text.replace(mark, words) if mark in text else text
    return text


def public_url(raw: str | None) -> str:
    """A web address as `clean_url` has it, without mail addresses; "" where none is left that leads there.

    Of a query only the parts that hold an address are cut: the others may say which page it is.

    >>> public_url("https://by.example/udbud?id=17&mail=anna.hansen%40by.example")
    'https://by.example/udbud?id=17'
    """
    url = clean_url(raw)
    if not _address_in(url):
        return url
    parts = urlsplit(url)
    query = "&".join(part for part in parts.query.split("&") if not _address_in(part))
    fragment = "" if _address_in(parts.fragment) else parts.fragment
    if _address_in(parts.path) or (parts.path == "/" and not query):
        return ""
    kept = urlunsplit((parts.scheme, parts.netloc, parts.path, query, fragment))
    return "" if _address_in(kept) else kept


def _address_in(part: str) -> bool:
    """Also behind percent signs, once and twice."""
    once = unquote(part)
    return any(holds_address(written) for written in (part, once, unquote(once)))


def _replaced(text: str, places: Iterable[tuple[int, int]], by: str) -> str:
    """The text with something else at these places, which stand in their order."""
    parts: list[str] = []
    done = 0
    for begin, end in places:
        parts += (text[done:begin], by)
        done = end
    return "".join((*parts, text[done:])) if parts else text


def holds_address(text: str) -> bool:
    """Whether a mail address stands in the text, however its @ is written."""
    return Mark.ADDRESS in _marks_in(text) and any(True for _ in _addresses(text))


# Stand in the text while it is worked on; no cleaned text holds noncharacters.
_MAIL, _NUMBER_OUT, _NAME = "\ufdd0", "\ufdd1", "\ufdd2"

# -- mail addresses ------------------------------------------------------------------------------------------------

_AT_MARKS = ("@", "＠", "%40", "(at", "[at", "{at", "( at", "[ at", "(a)", "[a]", "snabel")
_AT = re.compile(r"(?i)[ ]?(?:@|＠|%40|[(\[{][ ]?(?:at|a|@|snabel-?a)[ ]?[)\]}])[ ]?")
_HOST = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_FAR_HOST = re.compile(
    r"(?i)[\w-]{1,63}(?:\.[\w-]{1,63}){0,7}\.[a-z]{2,24}(?![\w-])"
)  # where blanks stand around the mark
_LOCAL = frozenset(".+%-_'’&=~")


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    """Places of mail addresses: from each mark to the left as far as one can reach, and to the right."""
    done = 0
    for mark in _AT.finditer(text):
        spaced = mark[0] != mark[0].strip()
        host = (_FAR_HOST if spaced else _HOST).match(text, mark.end())
        begin = mark.start()
        while begin > done and (text[begin - 1].isalnum() or text[begin - 1] in _LOCAL):
            begin -= 1
        while begin < mark.start() and text[begin] in "'’&=":
            begin += 1
        if host and begin < mark.start():
            yield begin, host.end()
            done = host.end()


# -- phone numbers -------------------------------------------------------------------------------------------------

_PHONE_MARKS = (
    "tlf",
    "tel",
    "phone",
    "mobil",
    "mob",
    "télé",
    "puh",
    "cell",
    "fax",
    "ontakt",
    "ontact",
    "direkte",
    "ring",
)
_PHONE_LABEL = (
    r"(?:tlf(?:nr)?|telefon(?:nr|nummer|nummeret|numre)?|mobil(?:e|nr|nummer|tlf|telefon)?|mob|t[eé]l[eé]phone|phone|tél|"
    r"tel|teléfono|telefono|telefoon|puh|puhelin|cell|fax|telefax|direkte)"
)
_DIGITS = r"(?:\+|\(\+)?\(?\d(?:[  ()./–-]{0,3}\d){4,23}+"
_PHONE = re.compile(
    rf"(?i)\b((?:{_PHONE_LABEL}\b(?:[ ]?(?:nr|no|nummer|number)\b)?|kontakt(?:oplysninger|info|punkt)?[ ]?:|"
    r"contact(?: point| details)?[ ]?:|\bring(?: til)?(?: os)?(?: på)?\b)"
    r"[.:]{0,2}[  ]?(?:\n)?(?:(?:på|at|on|direkte|mobil)[:]?[ ])?)"
    rf"(?!(?:19|20)\d\d ?[-–/] ?(?:19|20)\d\d\b)(?>{_DIGITS})\b(?!\s?(?:kr\b|dkk|eur|€|mio|stk|timer|kg|%))"
    rf"(?:[ ]?(?:/|,|og|eller|or|and)[ ](?>{_DIGITS})){{0,3}}"
)
_SIGN = re.compile(r"[ ]?\((?:[^\W\d_a-zæøå]){2,5}\)")  # what they are called in the files: "(ABE)"
_BARE = re.compile(rf"[  ,(:/–-]{{0,4}}(?>{_DIGITS})\b\)?")

# -- names ---------------------------------------------------------------------------------------------------------

_LABEL_MARKS = (
    "ontakt", "ontact", "ontatto", "ansprech", "sachbearbeit", "sagsbeh", "saksbeh", "handläggare", "konsulent",
    "udbudsansvarlig", "udbudsjurist", "att.", "att:", "att :", "attn", "attention", "case officer", "interlocut",
    "referente", "yhteys", "kontaktów",
)  # fmt: skip


class Mark(Flag):
    """What a text has to be looked at for."""

    ADDRESS = auto()
    PHONE = auto()
    LABEL = auto()


def _automaton() -> ahocorasick.Automaton:
    made = ahocorasick.Automaton()
    for kind, marks in ((Mark.ADDRESS, _AT_MARKS), (Mark.PHONE, _PHONE_MARKS), (Mark.LABEL, _LABEL_MARKS)):
        for mark in marks:
            made.add_word(mark, made.get(mark, 0) | kind.value)
    made.make_automaton()
    return made


_MARKS = _automaton()


def _marks_in(text: str) -> Mark:
    """Found in one pass: one search for each of them took most of the time of what every text goes through."""
    found = 0
    for _, kinds in _MARKS.iter(text.lower()):
        found |= kinds
    return Mark(found)


# Words for a person, and words for whatever one can turn to.
_PERSON = (
    r"kontaktperson(?:en|er|erne|in)?|kontaktpers\.?|kontaktnavn|sa[gk]sbehandler(?:en|e)?|saksbehandler(?:en)?|"
    r"handläggare|(?:udbuds|indkøbs|chef|special|juridisk )konsulent(?:en)?|udbudsansvarlig(?:e)?|udbudsjurist(?:en)?|"
    r"contact persons?|contact names?|persons? to contact|contact officer|case officer|"
    r"ansprechpartner(?:in|innen)?|ansprechperson(?:en)?|sachbearbeiter(?:in)?|"
    r"personnes? (?:de|à) contact(?:er)?|interlocut(?:eur|rice)|personas? de contacto|persona di contatto|referente|"
    r"contactperso(?:on|nen)|yhteyshenkilö|osoba do kontaktów"
)
_PLACE = (
    r"kontakt(?:oplysning(?:er|erne)?|info(?:rmation(?:er)?)?|data|daten|punkt(?:et)?|stelle|adresse|uppgifter|"
    r"opplysninger)?|contact(?: points?| details?| info(?:rmation)?| address)?|points? of contact|point de contact|"
    r"punto de contacto|contacto|contatto|contactpunt|contactgegevens|yhteystiedot"
)
_ATT = r"att(?:n|ention)?[ ]?(?:\.[ ]?:?|:)"
_LABEL = re.compile(rf"(?i)\b(?:(?P<person>{_PERSON})\b|(?P<att>{_ATT})|(?P<place>{_PLACE})\b)")
_COLON = re.compile(r"(?:[ ]?\([^\n()]{0,40}\)|(?P<between>[ ](?![ ])[^\n:.;]{1,60}?))?[ ]?:")
_REGARDING = re.compile(
    r"(?i)[ ](?:for|til|hos|i|ved|vedr\w*|om|på|ang\w*|regarding|concerning|about|in|at|pour|für|bei|og|and|und)\b"
)
_VERB = re.compile(r"(?i)[^\n:.;]{0,60}?[ ](?:er|is|ist|est|är|es|è)[ ]")
_DASH = re.compile(r"[ ]?[–—-][ ]")
_POLITE = re.compile(r"(?i)[ ](?:(?:venligst|gerne|evt\.?|eventuelt|please|bitte)[ ])?")
_BREAK = re.compile(r"[ ]*\n\s{0,8}(?:[-–•*·][ ]?)?")
_GAP = re.compile(r"\s{0,8}(?:[-–•*·][ ]?)?")
_BETWEEN = re.compile(rf"[ ,;/&()–{_MAIL}{_NUMBER_OUT}:-]{{0,6}}")
_NEXT_LINE = re.compile(r"\n\s{0,4}(?:[-–•*·][ ]?)?")
_LINE_START = re.compile(r"(?:^|\n)[ ]?(?:[-–•*·][ ]?|\d{1,2}[.)][ ]?)?\Z")

_WORD = re.compile(r"[^\W\d_](?:[\w'’´`-]|\.(?=[^\W\d_]))*")
_JOINT = re.compile(r"[ ]?[,/&+;][ ]?|[ ][–-][ ]|[ ]")
_TITLES = frozenset(
    "hr fr fru frk frøken herr herre herrn frau mr mrs ms miss mme mlle monsieur madame dr prof professor sr sra srta "
    "sig dott ing dipl dipl-ing cand stud mag lic adv advokat arkitekt jur merc polit oecon scient soc phil ph.d phd "
    "cand.jur cand.merc cand.polit cand.scient cand.scient.pol cand.oecon cand.mag cand.soc cand.it cand.arch "
    "cand.tech chr joh th aa fr jr st ea mgr inż hab bc pol techn med vet pæd adm".split()
)
_UNPOINTED = frozenset(
    "hr fr fru frk frøken herr herre herrn frau mr mrs ms miss mme mlle monsieur madame dr prof".split()
)
_JOINING = frozenset("og and und och et y e af samt eller or oder".split())
_PARTICLES = frozenset(
    "af von van vander de der den del della di da dos du la le el al bin ben ter ten zu zum zur og and und och et y e "
    "samt eller or oder".split()
)
# What begins sentences and lines after a label, and is nobody's name.
_NOBODY = frozenset(
    "der det den de vi i se ved for hvis alle skriv ring send please the see via på til kun all spørgsmål henvendelse "
    "henvendelser tlf telefon telefonnummer tel phone mobil mail mailadresse e-mail email e-post web www adresse "
    "address fax leverandøren leverandør tilbudsgiver tilbudsgiveren tilbudsgivere ordregiver ordregiveren "
    "ordregivers borgeren borgere kommunen entreprenøren det dette denne disse som når hvor hvem hvad en et tilbud "
    "tilbuddet udbuddet a an any each our you your it this these if in on at der die das ein eine bei für ja nej "
    "ingen none n/a".split()
)
_OFFICE = re.compile(
    r"(?i).*(?:kommune|kommunes|region|forvaltning(?:en)?|afdeling(?:en)?|kontor(?:et)?|cent(?:er|ret|re|er)|styrelse(?:n)?|"
    r"udvalg(?:et)?|indkøb|support|service|services|helpdesk|hotline|sekretariat(?:et)?|gmbh|a/s|aps|ltd|portal(?:en)?|"
    r"ministeri(?:um|et)|universitet|university|council|department|office|team|enhed(?:en)?)"
)
_BY = rf"(?:{_PHONE_LABEL}\b|e-?mail|mail|[{_MAIL}{_NUMBER_OUT}])"
# What follows a name, and not the rest of a sentence that only began with a capital.
_CUE = re.compile(
    rf"(?i)[ ]?(?:[,.;()/–-]|\n|\Z|[{_MAIL}{_NUMBER_OUT}]|"
    rf"(?:(?:på|via|on|at|by|ved|per|pr\.|under|hos|fra|from)[ ])?{_BY}|"
    r"(?:for|hvis|ved|vedr\w*|if|regarding|with|med)[ ](?:yderligere|mere|flere|nærmere|spørgsmål|du|der|more|further|"
    r"any|you|questions?|udbud\w*)|(?:er|kan|har|is|can|træffes)[ ])"
)
_REACHED = re.compile(rf"(?i)[ ]?[,(:]?[ ]?(?:(?:på|via|on|at|by|ved|per|pr\.|under)[ ])?{_BY}")
_OF = re.compile(r"[ ](?:for|i|af|of|und|til)[ ]")
_SMALL = re.compile(r"[^\W\d_]+(?:[ ][^\W\d_]+){0,2}(?=[ ]?(?:[,\n(]|\Z|[" + _MAIL + _NUMBER_OUT + r"]))")
_ROLE = re.compile(r"[^\W\d_][\w-]{1,40}[ ]")
_MOST_LINES = 12


@dataclass(frozen=True, slots=True)
class _Run:
    """Words that look like a name, up to `end`: how many there are, and whether a title or an initial is among them."""

    end: int
    words: tuple[str, ...] = ()
    titled: bool = False

    @property
    def sure(self) -> bool:
        return len(self.words) > 1 or (self.titled and bool(self.words))

    @property
    def office(self) -> bool:
        return len(self.words) < 3 and bool(self.words) and _OFFICE.fullmatch(self.words[-1]) is not None


def _without_names(text: str) -> str:
    return _replaced(text, _names(text), _NAME)


def _names(text: str) -> Iterator[tuple[int, int]]:
    done = 0
    for label in _LABEL.finditer(text):
        if label.start() < done:
            continue
        for begin, end in _names_after(text, label):
            yield begin, end
            done = end


def _names_after(text: str, label: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Places of names that belong to a label, in their order."""
    at, person = label.end(), label["place"] is None
    if label["att"] is not None:
        yield from _told(text, _over(text, at), person=True)
        return
    colon = _COLON.match(text, at)
    if colon and (colon["between"] is None or person):
        yield from _told(text, _over(text, colon.end()), person=person)
    elif colon and _REGARDING.match(text, at) and (run := _run(text, _over(text, colon.end()))).sure:
        yield from _rest(text, _over(text, colon.end()), run)
    elif dash := _DASH.match(text, at):
        run = _run(text, dash.end())
        if run.sure or (run.words and _ends(text, run.end)):
            yield from _rest(text, dash.end(), run)
    elif (line := _BREAK.match(text, at)) and _LINE_START.search(text, max(0, label.start() - 8), label.start()):
        yield from _lines(text, line.end())
    elif (verb := _VERB.match(text, at)) and person and (run := _run(text, verb.end())).sure:
        yield from _rest(text, verb.end(), run)
    elif blank := _POLITE.match(text, at):
        run = _run(text, blank.end())
        if _meant(text, run, label, person=person):
            yield from _rest(text, blank.end(), run)


def _meant(text: str, run: _Run, label: re.Match[str], *, person: bool) -> bool:
    """Whether a name follows a label with nothing but a blank between them."""
    if not run.words or not _ends(text, run.end):
        return False
    if run.sure and (person or run.titled):
        return True
    if person:  # German writes all nouns with capitals
        return not label[0].lower().startswith("ansprech")
    if run.office:
        return False
    if _REACHED.match(text, run.end):
        return True
    imperative = label[0] == label[0].lower() or label[0].lower() == "kontakt"
    return imperative and len(run.words) > 1 and not any(_OFFICE.fullmatch(word) for word in run.words)


def _ends(text: str, at: int) -> bool:
    """Whether a name ends here; otherwise a sentence goes on that only began with a capital."""
    return _CUE.match(text, at) is not None or _BARE.match(text, at) is not None


def _over(text: str, at: int) -> int:
    """Behind blanks, ends of lines and a bullet."""
    found = _GAP.match(text, at)
    return found.end() if found else at


def _told(text: str, at: int, *, person: bool) -> Iterator[tuple[int, int]]:
    """After a colon whatever has the shape of a name is one, also behind a word or three of what they are."""
    begin = at
    for _ in range(4):
        run = _run(text, begin)
        if run.words:
            yield from _rest(text, begin, run)
            return
        role = _ROLE.match(text, begin)
        if role is None:
            break
        begin = role.end()
    if person and (small := _SMALL.match(text, at)) and small[0].split()[0].casefold() not in _NOBODY:
        yield from _rest(text, at, _Run(small.end(), tuple(small[0].split())))
    elif first := _BREAK.match(text, at):
        yield from _lines(text, first.end(), alone=True)
    else:
        yield from _following(text, at)


def _rest(text: str, begin: int, run: _Run) -> Iterator[tuple[int, int]]:
    """The name, a bare number behind it, other names of the same line, and lines that are names as well."""
    while True:
        end = _with_number(text, run.end)
        yield begin, end
        following = _further(text, end)
        if following is None:
            break
        begin, run = following
    yield from _following(text, end)


def _with_number(text: str, at: int) -> int:
    """The end of a name with its sign and a number behind it that nothing calls a phone number."""
    for behind in (_SIGN, _BARE):
        found = behind.match(text, at)
        at = found.end() if found else at
    return at


def _further(text: str, at: int) -> tuple[int, _Run] | None:
    """The next name in the same sentence; two words at least, for one alone may be a place or an office."""
    low = at
    for _ in range(8):
        found = _BETWEEN.match(text, low)
        low = found.end() if found else low
        word = _WORD.match(text, low)
        run = _run(text, low) if word and _may_begin(text, word) else _Run(low)
        if run.sure and not run.office:
            return low, run
        low = run.end if run.words else word.end() if word else low
        if text.startswith(".", low) and word and (word[0].casefold() in ("tlf", "tel", "mob", "nr", "evt", "dir")):
            low += 1
        elif not word:
            return None
        if text[low : low + 1] in (".", "!", "?", "\n", ""):
            return None
    return None


def _may_begin(text: str, word: re.Match[str]) -> bool:
    """Whether a word may be the first of a name, told quickly: most words are none."""
    small = word[0][0].islower() and "." not in word[0] and not text.startswith(".", word.end())
    return not small or word[0] in _UNPOINTED or word[0] in _PARTICLES


def _following(text: str, at: int) -> Iterator[tuple[int, int]]:
    """The same on the next line."""
    line = _NEXT_LINE.match(text, text.find("\n", at, at + 200)) if "\n" in text[at : at + 200] else None
    if line:
        yield from _lines(text, line.end())


def _lines(text: str, at: int, *, alone: bool = False) -> Iterator[tuple[int, int]]:
    """Lines that are names, one after another; between them phone numbers, mail addresses and offices may stand.

    Where nothing but a name can come, one word is one.
    """
    for _ in range(_MOST_LINES):
        run = _run(text, at)
        end = run.end
        if (run.sure or (alone and run.words)) and _ends(text, run.end) and not run.office:
            end = _with_number(text, run.end)
            yield at, end
        elif not (run.office or _REACHED.match(text, at) or _BARE.match(text, at)):
            return
        line = _NEXT_LINE.match(text, text.find("\n", end, end + 200)) if "\n" in text[end : end + 200] else None
        if line is None:
            return
        at, alone = line.end(), False


def _run(text: str, at: int) -> _Run:
    """The longest run of words from here that looks like names."""
    words: list[str] = []
    titled, end, pos = False, at, at
    while word := _WORD.match(text, pos):
        point = text.startswith(".", word.end())
        shape = _shape(text, word, named=bool(words))
        if shape is _Shape.NONE:
            break
        pos = word.end() + (point and shape is not _Shape.PARTICLE)
        titled = titled or shape in (_Shape.TITLE, _Shape.INITIALS)
        if shape in (_Shape.INITIALS, _Shape.NAME):
            words.append(word[0])
        if words and shape is not _Shape.PARTICLE:
            end = word.end() if shape is _Shape.NAME else pos
        joint = _JOINT.match(text, pos)
        if joint is None or (shape is _Shape.NAME and point and not _goes_on(text, pos)):
            break
        pos = joint.end()
    return _Run(end, tuple(words), titled)


class _Shape(Enum):
    TITLE = auto()
    INITIALS = auto()
    NAME = auto()
    PARTICLE = auto()
    NONE = auto()


def _shape(text: str, word: re.Match[str], *, named: bool) -> _Shape:
    """What a word is in a name; `named` says whether one stands before it."""
    written, low = word[0], word[0].casefold()
    point, small = text.startswith(".", word.end()), word[0][0].islower()
    parts = written.split(".")
    if (low in _TITLES and point) or low in _UNPOINTED or (len(parts) > 1 and low.split(".")[0] in _TITLES):
        return _Shape.TITLE
    if point and not small and all(len(part) < 3 for part in parts) and (len(written) == 1 or len(parts) > 1):
        return _Shape.INITIALS
    if not small and low not in _NOBODY:
        return _Shape.NONE if named and _of_an_office(text, word) else _Shape.NAME
    joins = low in _PARTICLES and (named or low not in _JOINING | _NOBODY)
    return _Shape.PARTICLE if joins and _capital(text, word.end()) else _Shape.NONE


def _of_an_office(text: str, word: re.Match[str]) -> bool:
    """Whether a word behind a comma begins the name of an office: "Anna Berg, Center for Indkøb"."""
    return text[word.start() - 2 : word.start()] == ", " and _OF.match(text, word.end()) is not None


def _capital(text: str, at: int) -> bool:
    """Whether a word with a capital comes next, behind further particles: "van der Berg"."""
    for _ in range(3):
        word = _WORD.match(text, at + 1) if text.startswith(" ", at) else None
        if word is None or not word[0][0].islower():
            return word is not None
        if word[0] not in _PARTICLES:
            return False
        at = word.end()
    return False


_NEXT_NAME = re.compile(
    rf"[ ][^\W\d_][\w'’-]+(?:[ ][^\W\d_][\w'’-]+){{0,2}}[ ]?(?:,|[{_MAIL}{_NUMBER_OUT}]|{_PHONE_LABEL}\b)"
)


def _goes_on(text: str, at: int) -> bool:
    """Whether a name goes on behind a point: "Marg. Hansen, tlf."."""
    found = _NEXT_NAME.match(text, at)
    return found is not None and all(not word[0].islower() for word in _WORD.findall(found[0])[:1])
