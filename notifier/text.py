"""Cleaning, once, at the border: whatever a source wrote becomes plain text that every output can carry.

After `clean`, a text holds no markup, no control characters, no lone surrogates, nothing that changes the reading
direction or hides letters, and no U+FFFD goes unnoticed. Databases, mail headers, HTML, XML, iCal and CSV can take
it; each still escapes for itself.
"""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import urljoin, urlsplit, urlunsplit

MAX_TITLE = 500  # longest real title in 229 notices: 346 characters
MAX_TEXT = 100_000  # a description longer than this is a document by mistake

# Controls but newline and tab; surrogates; noncharacters; zero-width and bidirectional marks, which can make a
# reader see other words than a program does; Unicode's own line separators.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_BLANKS = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_MARKED = re.compile("[<&]|  ")
_BLANK_RUN = re.compile("  +")
_MANY_LINES = re.compile("\n{3,}")
_TAG = re.compile(r"<(?:!--.*?-->|/?[a-zA-Z][^<>]{0,500}>|![a-zA-Z][^<>]{0,500}>)", re.DOTALL)
# What stands inside these is not for readers. The end is optional: an unclosed one would else show its inside.
_UNREAD_TAG = re.compile(
    r"<(script|style|template|noscript)\b[^<>]{0,500}>.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL
)
_BREAKING_TAG = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6])\b[^<>]{0,100}>", re.IGNORECASE)


def clean(raw: str | None, limit: int = MAX_TEXT) -> str:
    """Plain text over several lines: paragraphs kept, blanks folded, cut at `limit` characters with an ellipsis.

    >>> clean("Reng\\u00f8ring<br/>af skoler &amp; b\\x00\\u200bo")
    'Rengøring\\naf skoler & bo'
    """
    if not raw:
        return ""
    text = raw[: limit * 4]
    if "<" in text:
        text = _TAG.sub("", _BREAKING_TAG.sub("\n", _UNREAD_TAG.sub(" ", text)))
    if "&" in text:
        text = html.unescape(text)
    text = text.replace("\r\n", "\n").replace("\t", " ").replace("\u00a0", " ")
    if _is_plain(text):
        text = _BLANK_RUN.sub(" ", text) if "  " in text else text
    else:
        text = _BLANKS.sub(" ", _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text)))
    text = unicodedata.normalize("NFC", text)
    if "\n" in text:
        text = "\n".join([line.strip() for line in text.split("\n")])
        text = _MANY_LINES.sub("\n\n", text) if "\n\n\n" in text else text
    text = text.strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


# What looks like nothing: what `clean` takes away, and more: fillers, selectors of a letter's shape.
_NOTHING = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
)
# What a spreadsheet takes for a formula where a cell begins with it (ASVS 5.0, 1.2.10), also behind what it skips, and
# in the width that East Asian keyboards give it.
_FORMULA = re.compile(rf"[\t\r\n]|[\s{_NOTHING}]*[=+\-@＝＋－＠]")


def defused(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: with an apostrophe before it, which says that it is text.

    >>> defused("=1+1"), defused("1+1")
    ("'=1+1", '1+1')
    """
    return f"'{text}" if _FORMULA.match(text) else text


def _is_plain(text: str) -> bool:
    """Whether a text holds nothing but letters, signs, spaces and line feeds, as nearly all do.

    The patterns above look at every letter and cost four times the parsing of the XML around it. `isprintable`
    knows all that they remove but the tags of U+E0000, which stand beyond the first plane like nothing in prose.
    """
    return text.replace("\n", "").isprintable() and (text.isascii() or len(text.encode("utf-16-le")) == 2 * len(text))


def clean_line(raw: str | None, limit: int = MAX_TITLE) -> str:
    """Plain text on one line, for titles and names.

    >>> clean_line("  Udbud\\n på   vejbelægning ")
    'Udbud på vejbelægning'
    """
    if raw and len(raw) <= limit and raw.isascii() and raw.isprintable() and not _MARKED.search(raw):
        return raw.strip()
    text = " ".join(clean(raw, limit * 2).split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


_UNSEEN = re.compile(f"[{_NOTHING}]")


def visible(text: str) -> str:
    """The text letter for letter, with a box for each one that cannot be seen or turns the reading direction.

    Offsets in the result are offsets in the text.

    >>> visible("gr\\u200bæs")
    'gr□æs'
    """
    return text if text.isascii() and text.replace("\n", "").isprintable() else _UNSEEN.sub("\u25a1", text)


def fold(text: str) -> str:
    """Lower case and single blanks, letter for letter: offsets in the result are offsets in the text.

    `str.lower` may lengthen a text (İ becomes two characters); such a letter is kept as it is.

    >>> fold("SKOLERENGØRING\\ni İzmir")
    'skolerengøring i İzmir'
    """
    low = text.lower()
    if len(low) != len(text):
        low = "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)
    return low.replace("\n", " ")


def damaged(text: str) -> bool:
    """Whether letters were lost on the way here (U+FFFD): the source's character set was not what it said."""
    return "\ufffd" in text


def clean_url(raw: str | None, base: str = "") -> str:
    """An absolute http or https address without user information, or "" where there is none to keep.

    Refuses other schemes, back slashes, control characters and blanks inside, names that mix scripts are written
    in punycode.

    >>> clean_url("/udbud/12", "https://by.example/liste")
    'https://by.example/udbud/12'
    >>> clean_url("javascript:alert(1)")
    ''
    """
    raw = (raw or "").strip()
    if not raw or re.search(r"[\x00-\x20\x7f\\<>\"\u2028\u2029\ud800-\udfff]", raw) or len(raw) > 2000:
        return ""
    try:
        parts = urlsplit(urljoin(base, raw) if base else raw)
        host, port = parts.hostname or "", parts.port
        host = host.encode("idna").decode() if not host.isascii() else host
    except (ValueError, UnicodeError):
        return ""
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return ""
    host = f"[{host}]" if ":" in host else host
    return urlunsplit(
        (parts.scheme, f"{host}:{port}" if port else host, parts.path or "/", parts.query, parts.fragment)
    )


# Not of RFC 5322 but of RFC 5321: what stands before and behind the @ where nothing is quoted.
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?!\d+$){_LABEL}")


def clean_address(raw: str) -> str:
    """One mail address as RFC 5321 has it, its domain in lower case and punycode, or "" where it is none.

    Refuses lists, quotes, comments, control characters, address literals and domains without a dot, letters
    outside ASCII before the @ (they need SMTPUTF8, which few relays have).
    """
    local, _, domain = raw.strip(" ").rpartition("@")
    ascii_domain = _punycode(domain)
    sound = _LOCAL_PART.fullmatch(local) and _DOMAIN.fullmatch(ascii_domain)
    # RFC 5321 4.5.3.1: 64 octets before the @, 254 for the whole within the path's 256.
    if not sound or len(local) > 64 or len(local) + 1 + len(ascii_domain) > 254:
        return ""
    return f"{local}@{ascii_domain}"


def _punycode(domain: str) -> str:
    if len(domain) > 255:  # the codec takes time with the square of the length
        return ""
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""


# ISO 639-2 codes that sources mix with the two-letter ones (official languages of the EU and its neighbours).
_LANGUAGES = dict(
    line.split(":")
    for line in """
bul:bg ces:cs cze:cs dan:da deu:de ger:de ell:el gre:el eng:en est:et fin:fi fra:fr fre:fr gle:ga hrv:hr hun:hu ita:it
lav:lv lit:lt mlt:mt nld:nl dut:nl nor:no nob:nb nno:nn pol:pl por:pt ron:ro rum:ro slk:sk slo:sk slv:sl spa:es swe:sv
isl:is ice:is mkd:mk srp:sr tur:tr ukr:uk
""".split()
)
_TWO_LETTERS = frozenset(_LANGUAGES.values())


def language_code(raw: str | None) -> str:
    """ISO 639-1 for what sources write (DA, DAN, da-DK); "" where it is none that is known.

    >>> language_code("DAN"), language_code("fr"), language_code("xx")
    ('da', 'fr', '')
    """
    code = (raw or "").strip().lower().split("-")[0]
    return _LANGUAGES.get(code, code if code in _TWO_LETTERS else "")


# A point ends a sentence only before a blank and a capital letter, a bullet or the text's end ("5 mio. kr. og" goes
# on), and not after these words, which stand before capitals and numbers ("nr. A7", "jf. Bilag 2").
_SENTENCE_END = re.compile(r"[.!?](?=[\s»«)\"]+[^\sa-zæøå0-9]|\s*\Z)|\n|; ")
_ABBREVIATION = re.compile(r"\b(?:nr|jf|pkt|stk|bl|ca|fx|hr|dr|st|art|no|cf)\Z", re.IGNORECASE)


def sentence_around(text: str, start: int, end: int, width: int = 240) -> tuple[int, int]:
    """Widen a place in a text to its sentence, at most `width` characters to each side: what a reader is shown.

    >>> text = "Der kræves garanti på 2 mio. kr., jf. Bilag 2. Opstart er i maj."
    >>> begin, stop = sentence_around(text, 11, 18)
    >>> text[begin:stop]
    'Der kræves garanti på 2 mio. kr., jf. Bilag 2.'
    """
    low, high = max(0, start - width), min(len(text), end + width)
    ends = [match.end() for match in _SENTENCE_END.finditer(text, low, high) if not _abbreviated(text, match.start())]
    begin = max((at for at in ends if at <= start), default=low)
    stop = min((at for at in ends if at >= end), default=high)
    while begin < start and text[begin].isspace():
        begin += 1
    while stop > end and (text[stop - 1].isspace() or text[stop - 1] == ";"):
        stop -= 1
    return begin, stop


def _abbreviated(text: str, point: int) -> bool:
    return text[point] == "." and _ABBREVIATION.search(text, max(0, point - 5), point) is not None


# Bounded on both sides of the mark, so that a text of 100 kB without blanks takes no longer for it.
_MAIL_ADDRESS = re.compile(
    r"<?[\w.+%=&'*/!#$^`~?-]{1,64}(?:@|%40|&#(?:0*64|[xX]0*40);|&commat;)[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}>?"
)
_LEFT_OUT = "<…>"


def without_addresses(said: str, *known: str) -> str:
    """A text in which every mail address is left out, and whatever else is known of whom it must not name.

    Of a known address also what stands before and after its @, as words of their own: relays say "user anna unknown".

    >>> without_addresses("550 5.1.1 <anna@koekken.example>: unknown user anna", "anna@koekken.example")
    '550 5.1.1 <…>: unknown user <…>'
    """
    said = _MAIL_ADDRESS.sub(_LEFT_OUT, said)
    words = {part for one in known for part in (one, *one.split("@"))}
    for word in sorted((word for word in words if len(word) > 1), key=len, reverse=True):
        said = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", _LEFT_OUT, said, flags=re.IGNORECASE)
    return said
