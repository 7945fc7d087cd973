"""An empty list closes tenders, so only words that a person would take for "there are none" prove it."""

from __future__ import annotations

import pytest

from notifier.errors import LandmarkMissing
from spiders.parsers import comdia, page
from spiders.parsers.agreements import AgreementSelectors, parse_table
from spiders.parsers.selectors import Imprint, ListSelectors

LIST = ListSelectors(landmark="main", row="article", link="a", empty_text=("Der er ingen udbud",))
URL = "https://by.example/udbud"

EMPTY = [
    "<p>Der er ingen udbud</p>",
    "<p>Der er i øjeblikket ingen udbud.</p>",
    "<p>Velkommen. Der er pt. ingen udbud! Prøv igen senere.</p>",
    "<h2>Aktuelle udbud</h2><p>DER ER\n ingen udbud lige nu</p>",
    "<p>Der er ingen udbud</p><script>count()</script>",
    "<p>Der er ingen udbud</p><p>Tilmeld dig <a href='/mail'>nyheder</a></p>",
]
UNPROVEN = {
    "hidden": "<p hidden>Der er ingen udbud</p>",
    "not displayed": "<div style='display: none'><p>Der er ingen udbud</p></div>",
    "hidden by a class": "<div class='d-none'>Der er ingen udbud</div>",
    "without a script": "<noscript><p>Der er ingen udbud</p></noscript>",
    "a template": "<template><p>Der er ingen udbud</p></template>",
    "a dialog": "<dialog><p>Der er ingen udbud</p></dialog>",
    "of one trade": "<p>Der er ingen udbud inden for bygge og anlæg</p>",
    "a negation": "<p>Det passer ikke, at der er ingen udbud</p>",
    "of the archive, beside a frame": "<p>Der er ingen udbud</p><iframe src='/liste'></iframe>",
    "maintenance": "<p>Der er ingen udbud. Siden er under vedligeholdelse.</p>",
    "a technical error": "<p>Der er ingen udbud</p><p>Listen kunne ikke hentes.</p>",
    "a script's place": "<p>Der er ingen udbud</p><div id='app'></div><script src='/app.js'></script>",
    "a script's own element": "<p>Der er ingen udbud</p><tender-list></tender-list><script src='/l.js'></script>",
    "a login": "<p>Der er ingen udbud</p><form><input type=password></form>",
}


def read(body: str) -> page.ListPage:
    return page.parse_list(f"<title>Udbud</title><main>{body}</main>", LIST, URL)


@pytest.mark.parametrize("body", EMPTY)
def test_a_list_that_says_so_in_a_whole_sentence_is_empty(body: str) -> None:
    assert read(body).rows == ()


@pytest.mark.parametrize("body", UNPROVEN.values(), ids=UNPROVEN)
def test_words_that_are_hidden_or_of_something_else_prove_nothing(body: str) -> None:
    with pytest.raises(LandmarkMissing):
        read(body)


@pytest.mark.parametrize("body", UNPROVEN.values(), ids=UNPROVEN)
def test_nor_do_they_on_a_page_of_agreements(body: str) -> None:
    with pytest.raises(LandmarkMissing):
        parse_table(
            f"<main>{body}</main>",
            AgreementSelectors(landmark="main", empty_text=("Der er ingen udbud",)),
            Imprint("by", "By"),
            URL,
        )


@pytest.mark.parametrize("body", UNPROVEN.values(), ids=UNPROVEN)
def test_nor_on_comdia(body: str) -> None:
    with pytest.raises(LandmarkMissing):
        comdia.parse_list(f"<main>{body}</main>", comdia.Settings(), URL)


def test_a_box_to_log_in_at_the_head_of_every_page_is_no_wall() -> None:
    box = "<header><form><input type=password></form></header>"
    assert page.parse_list(f"{box}<main><p>Der er ingen udbud</p></main>", LIST, URL).rows == ()
