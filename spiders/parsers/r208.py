"""TED_EXPORT XML, release 2.0.8 (until 2016; its defence forms until 2023), into what a notice says as a whole.

    <CONTRACT_AWARD FORM="3" LG="DA" CATEGORY="ORIGINAL">
      <FD_CONTRACT_AWARD CTYPE="SERVICES">
        <CONTRACTING_AUTHORITY_INFORMATION_CONTRACT_AWARD/>  <OBJECT_CONTRACT_INFORMATION_CONTRACT_AWARD_NOTICE/>
        <PROCEDURE_DEFINITION_CONTRACT_AWARD_NOTICE/>  <AWARD_OF_CONTRACT/>
        <COMPLEMENTARY_INFORMATION_CONTRACT_AWARD/>
      </FD_CONTRACT_AWARD>
    </CONTRACT_AWARD>

Its forms wrap the same facts in other long names each, so that a fact is looked for by its own name anywhere in the
form. `r208_lot` reads the lots and who won them.

The defence forms (directive 2009/81/EC: F16, F17, F18) get no lots: the notice is kept with what it says as a whole. No
social enterprise bids under the defence directive, and none was published after 2023.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

from notifier.lots import Notice
from notifier.text import clean, clean_line
from spiders.parsers import values
from spiders.parsers.r208_lot import all_of, day_of, lots_of, money_of, organisation_of, prose_of
from spiders.parsers.r209_words import procedure_of
from spiders.parsers.values import Doubts
from spiders.parsers.xml import Element, local_name, text_of

_TITLE: Final = ("TITLE_CONTRACT", "TI_DOC")
_DESCRIPTION: Final = ("SHORT_CONTRACT_DESCRIPTION",)
_SCOPE: Final = ("TOTAL_QUANTITY_OR_SCOPE",)
# Until 2016 the directives of 2004; forms F08 and F12 to F15 serve several.
_BASES: Final = {
    **dict.fromkeys(("F01", "F02", "F03", "F09", "F10", "F11"), "32004L0018"),
    **dict.fromkeys(("F04", "F05", "F06", "F07"), "32004L0017"),
    **dict.fromkeys(("F16", "F17", "F18"), "32009L0081"),
}


def is_r208(form: Element) -> bool:
    """Whether a form is of this release: all that it says stands in one element, `FD_` and its name."""
    return len(form) > 0 and local_name(form[0]).startswith("FD_")


def fill(notice: Notice, form: Element, zone: dt.tzinfo, doubts: Doubts) -> Notice:
    """The notice with what the form says."""
    dispatched = day_of(form, "NOTICE_DISPATCH_DATE", doubts)
    numbers = (values.publication_number(text_of(number)) for number in all_of(form, "NOTICE_NUMBER_OJ"))
    filled = replace(
        notice,
        title=clean_line(prose_of(form, *_TITLE)),
        description=clean(prose_of(form, *_DESCRIPTION) + "\n" + prose_of(form, *_SCOPE, whole=True)),
        buyers=tuple(organisation_of(each) for each in all_of(form, "CA_CE_CONCESSIONAIRE_PROFILE")),
        dispatched=values.start_of_day(dispatched, zone) if dispatched else None,
        legal_basis=_BASES.get(notice.notice_type, ""),
        procedure_type=procedure_of([each for each in form.iter() if local_name(each).startswith("TYPE_OF_PROCEDURE")]),
        value=next((money_of(each, doubts) for each in all_of(form, "TOTAL_FINAL_VALUE")), None),
        previous=tuple(dict.fromkeys((*filter(None, numbers), *notice.previous))),
    )
    return (
        filled if local_name(form).endswith("_DEFENCE") else replace(filled, lots=lots_of(filled, form, zone, doubts))
    )
