"""Proof that a page is what was asked for: no wall in its place, and an empty list only by its own visible words."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bs4 import BeautifulSoup, Tag

from notifier import text
from notifier.errors import LandmarkMissing
from spiders.parsers import markup

# What a page calls itself that stands in place of the one that was asked for. Only whole: a tender may be called
# "Vedligeholdelse af grønne områder".
_WALLS = frozenset(
    "log ind|log på|login|sign in|log in|vedligeholdelse|siden er under vedligeholdelse|siden er nede|maintenance|"
    "under maintenance|scheduled maintenance|lukket på grund af vedligeholdelse|vi er straks tilbage|"
    "we'll be back soon|we’ll be back soon|adgang nægtet|access denied|just a moment|attention required|"
    "er du et menneske|bekræft at du er et menneske|bekræft, at du er et menneske|verify you are human|"
    "are you a robot|robot check|captcha|log på med mitid|log ind med mitid|cookies|vi bruger cookies|we use cookies|"
    "cookiesamtykke|samtykke|din session er udløbet|sessionen er udløbet|session expired|siden blev ikke fundet|"
    "siden findes ikke|page not found|service unavailable|fejl|error|teknisk fejl|der opstod en fejl|"
    "der er sket en fejl|something went wrong|javascript skal være slået til|javascript er slået fra|"
    "enable javascript|javascript is disabled|javascript required".split("|")
)
_WALL_ELEMENTS = (
    'input[type="password"], .g-recaptcha, .h-captcha, .cf-turnstile, iframe[src*="captcha"], #challenge-form'
)


def check_wall(soup: BeautifulSoup, url: str, *, elements: bool = False) -> None:
    """LandmarkMissing where the page calls itself a login, a captcha, an error or maintenance.

    With `elements` also where it holds the means of one: a password to type, a captcha. Pages that have something to
    show may have these too.
    """
    if said := _wall(soup, elements):
        raise LandmarkMissing(
            f"something else stands in place of the page: {said}",
            where=url,
            remedy="open it: a login or maintenance page goes by itself; if it stays, the source cannot be read",
        )


def _wall(soup: BeautifulSoup, elements: bool) -> str:
    titles = [element.get_text() for element in (soup.title, soup.h1) if element is not None]
    for part in (part for title in titles for part in re.split(r"\s[-–—|:]\s", title)):
        if markup.normal(part).rstrip("!?… ") in _WALLS:
            return text.clean_line(part, 80)
    # A box to log in at the head of every page stands in place of nothing.
    means = (one for one in (soup.select(_WALL_ELEMENTS) if elements else ()) if not one.find_parent(_FURNITURE))
    return next((f"<{element.name}>" for element in means if not is_hidden(element)), "")


_FURNITURE = ("header", "nav", "footer")
_HIDING_ELEMENTS = frozenset({"noscript", "template", "dialog"})  # without a script that is told elsewhere to show them
_HIDING_CLASSES = frozenset({"hidden", "d-none", "hide", "is-hidden", "u-hidden"})  # of the common style sheets
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)", re.IGNORECASE)


def is_hidden(element: Tag) -> bool:
    """Whether a person who opens the page does not see the element, as far as the page itself tells."""
    return any(_hides(one) for one in (element, *element.parents))


def _hides(element: Tag) -> bool:
    if element.name in _HIDING_ELEMENTS:
        return not (element.name == "dialog" and element.has_attr("open"))
    classes = markup.attribute(element, "class").casefold().split()
    styled = _HIDING_STYLE.search(markup.attribute(element, "style"))
    return element.has_attr("hidden") or styled is not None or not _HIDING_CLASSES.isdisjoint(classes)


_SENTENCES = re.compile(r"(?<=[.!?])\s+")
# Beside "no tenders" these make it a sentence of a page that cannot show any.
_OUT_OF_ORDER = re.compile(
    r"vedligehold\w*|driftsforstyrrelse\w*|teknisk\w*\s+(?:fejl|problem\w*|udfordring\w*)|ude af drift|utilgængelig\w*|"
    r"(?:kan|kunne) ikke (?:vises|hentes|indlæses)|maintenance|technical (?:error|problem|difficult)\w*|unavailable|"
    r"(?:could not|cannot|failed to) (?:load|be (?:shown|loaded))|javascript|indlæser|loading",
    re.IGNORECASE,
)


def says(element: Tag, phrases: Iterable[str]) -> bool:
    """Whether a whole block or sentence of an element's visible text is one of the phrases.

    Case, blanks and the marks at its end do not matter. A part of a sentence is not enough ("ingen udbud inden for byg"
    tells of one trade), nor what is hidden until a script shows it, nor what stands beside words of an outage.
    """
    if is_hidden(element):
        return False
    shown = list(markup.lines(element, [one for one in element.find_all(True) if _hides(one)]))
    return says_wholly(shown, phrases) and not any(_OUT_OF_ORDER.search(line) for line in shown)


def says_wholly(said: Iterable[str], phrases: Iterable[str]) -> bool:
    """Whether one of the lines, or a sentence of it, is one of the phrases and nothing else."""
    wanted = {_plain(phrase) for phrase in phrases}
    return any(_plain(part) in wanted for line in said for part in (line, *_SENTENCES.split(line)))


# What changes nothing in "ingen udbud": "der er i øjeblikket ingen udbud".
_FILLERS = re.compile(
    r"\b(?:desværre|der (?:er|findes|blev)|there (?:are|is|were)|i øjeblikket|på nuværende tidspunkt|"
    r"for (?:tiden|nuværende)|lige nu|p\.?t\b|pt\b|currently|at (?:the moment|present)|right now|fundet|found|at vise|"
    r"to (?:display|show))\b\.?"
)


def _plain(sentence: str) -> str:
    return " ".join(_FILLERS.sub(" ", sentence.casefold()).split()).strip(" .,!…:-–*")


def proven_empty(soup: BeautifulSoup, scope: Tag, phrases: Iterable[str], url: str) -> bool:
    """Whether a list without a row says in its own words that it has none, and nothing speaks against it.

    LandmarkMissing where the page is a login, a captcha, an error or maintenance, or holds the means of one.
    """
    check_wall(soup, url, elements=True)
    return says(scope, phrases) and not may_be_filled(scope)


def may_be_filled(element: Tag) -> bool:
    """Whether what an element shows may come from elsewhere: a frame, or an empty element beside a script."""
    shown = [one for one in element.find_all(True) if not is_hidden(one)]
    if any(one.name == "iframe" for one in shown):
        return True
    scripted = any(one.name == "script" for one in shown)
    return scripted and any(_is_mount(one) for one in shown)


def _is_mount(element: Tag) -> bool:
    """An empty element with a name, as scripts look for one to fill: <div id="app"></div>, <my-list></my-list>."""
    empty = element.find(True) is None and not element.get_text(strip=True)
    return empty and ("-" in element.name or (element.name in ("div", "section", "ul") and element.has_attr("id")))
