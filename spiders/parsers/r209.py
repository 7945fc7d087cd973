"""TED_EXPORT XML, release 2.0.9 (2014 to 2023), into a Notice with its lots; `r208` fills in older forms.

    <TED_EXPORT DOC_ID="459404-2021">
      <CODED_DATA_SECTION> … day of publication, language, country, references … </CODED_DATA_SECTION>
      <FORM_SECTION>
        <F21_2014 CATEGORY="ORIGINAL" LG="DA">
          <CONTRACTING_BODY/>  <OBJECT_CONTRACT> … <OBJECT_DESCR ITEM="1"/> … </OBJECT_CONTRACT>
          <LEFTI/>  <PROCEDURE/>  <AWARD_CONTRACT/>  <COMPLEMENTARY_INFO/>  <CHANGES/>
        </F21_2014>
        <F21_2014 CATEGORY="TRANSLATION" LG="EN"/>
      </FORM_SECTION>
    </TED_EXPORT>

Each `OBJECT_DESCR` is a lot. There is no identifier of the procedure; `Notice.previous` names the earlier notices.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Final

from notifier.errors import ParseError, UnknownForm
from notifier.lots import Change, Notice, Stage
from notifier.text import clean, clean_line, damaged, language_code
from spiders.parsers import r208, values
from spiders.parsers.origin import Origin
from spiders.parsers.r209_lot import change_of, lots_of, modified_period, whole_of
from spiders.parsers.r209_words import FORM, OBJECT, organisation, prose
from spiders.parsers.record import Facts, Record
from spiders.parsers.values import Doubts
from spiders.parsers.xml import Element, load, local_name
from spiders.parsers.zones import zone_of

_EXPORT: Final = Record(
    None,
    {
        "published": "CODED_DATA_SECTION/REF_OJS/DATE_PUB",
        "dispatched": "CODED_DATA_SECTION/CODIF_DATA/DS_DATE_DISPATCH",
        "number": "CODED_DATA_SECTION/NOTICE_DATA/NO_DOC_OJS",
        "language": "CODED_DATA_SECTION/NOTICE_DATA/LG_ORIG",
        "country": "CODED_DATA_SECTION/NOTICE_DATA/ISO_COUNTRY/@VALUE",
        "references": "CODED_DATA_SECTION/NOTICE_DATA/REF_NOTICE/NO_DOC_OJS",
        "uuid": "FORM_SECTION/NOTICE_UUID",
        "forms": "FORM_SECTION",
    },
)
_STAGES: Final = {
    **dict.fromkeys(("F01", "F04", "F08", "F16"), Stage.PLANNING),
    # F14 corrects a notice that is still open; it has no lots of its own
    **dict.fromkeys(
        ("F02", "F05", "F07", "F09", "F10", "F11", "F12", "F14", "F17", "F21", "F22", "F23", "F24"), Stage.CALL
    ),
    **dict.fromkeys(("F03", "F06", "F13", "F15", "F18", "F25"), Stage.AWARD),
    "F20": Stage.CHANGE,
    "T01": Stage.PLANNING,  # public transport: what will be asked for
    "T02": Stage.AWARD,
}
# NOTICE/@TYPE, where one form serves several stages. PRI stands in F23 alone: for a concession of social services the
# prior information is the call (directive 2014/23/EU, article 31(3)).
_STAGE_OF_TYPE: Final = {
    **dict.fromkeys(("PRI_ONLY", "PRI_REDUCING_TIME_LIMITS", "PER_ONLY", "PER_REDUCING_TIME_LIMITS"), Stage.PLANNING),
    **dict.fromkeys(("PRI_CALL_COMPETITION", "PER_CALL_COMPETITION", "QSU_CALL_COMPETITION", "PRI"), Stage.CALL),
    **dict.fromkeys(("CONTRACT", "QSU_ONLY"), Stage.CALL),
    **dict.fromkeys(("AWARD_CONTRACT", "CONCESSION_AWARD_CONTRACT"), Stage.AWARD),
}
# Until 2018 most forms left the directive to their number.
_BASES: Final = {
    **dict.fromkeys(("F01", "F02", "F03", "F21"), "32014L0024"),
    **dict.fromkeys(("F04", "F05", "F06", "F07", "F22"), "32014L0025"),
    **dict.fromkeys(("F23", "F24", "F25"), "32014L0023"),
    **dict.fromkeys(("T01", "T02"), "32007R1370"),
}
# A buyer's profile, a corrigendum, and the defence forms.
_WITHOUT_LOTS: Final = ("F08", "F14", "F16", "F17", "F18", "F19")
_DIRECTIVE: Final = re.compile(r"(?P<year>\d{4})/(?P<number>\d+)/E[CU]", re.ASCII)


def parse(xml: bytes, *, source: str, key: str, url: str = "", publication_number: str = "") -> Notice:
    """Read one TED_EXPORT. Raises ParseError where the XML is broken or is none."""
    origin = Origin(source, key, url, publication_number)
    root = load(xml, origin.where)
    if not is_r209(root):
        raise ParseError(f"this is no TED_EXPORT but <{local_name(root)}>", where=origin.where)
    return read(root, origin)


def is_r209(root: Element) -> bool:
    """Whether a document is a TED_EXPORT; its namespace is another in nearly every release."""
    return local_name(root) == "TED_EXPORT"


def read(root: Element, origin: Origin) -> Notice:
    """The notice below a root that `is_r209`. Raises ParseError where it holds no form."""
    doubts = Doubts()
    export = _EXPORT.of(root)
    form = _form(export, origin)
    name = _form_name(form)
    if name not in _STAGES:
        doubts.add(f"The form {clean_line(name, 60)} is none that is known: fields may be missing.")
    notice = _frame(root, export, form, name, origin, doubts)
    if r208.is_r208(form):
        notice = r208.fill(notice, form, _zone(export, doubts), doubts)
    else:
        notice = _fill(notice, FORM.of(form), _zone(export, doubts), doubts)
    title = _checked(notice, name, doubts)
    flags = doubts.sentences()
    # Copying a notice takes as long as parsing a tenth of it: it is copied where there is something to add.
    return replace(notice, title=title, flags=flags) if flags or title != notice.title else notice


def _form(export: Facts, origin: Origin) -> Element:
    """The form as it was written, not one of TED's translations; else the first one that there is."""
    forms = [form for section in export.elements("forms") for form in section if form.get("LG")]
    if not forms:
        raise UnknownForm("the TED_EXPORT holds no form", where=origin.where)
    originals = [form for form in forms if form.get("CATEGORY") == "ORIGINAL"]
    return (originals or [form for form in forms if form.get("LG") == export["language"]] or forms)[0]


def _form_name(form: Element) -> str:
    """F02 of <F02_2014>; the forms of defence and public transport have other names and the number in an attribute."""
    found = re.match(r"F\d\d(?=_)", local_name(form))
    number = form.get("FORM") or ""
    if re.fullmatch(r"T\d\d", number):
        return number
    return found[0] if found else f"F{number:0>2}" if re.fullmatch(r"\d\d?", number) else local_name(form)


def _zone(export: Facts, doubts: Doubts) -> dt.tzinfo:
    """The zone of the buyer's country, in which this form prints its times."""
    country = export["country"]
    zone = zone_of(country)
    if zone is None:
        doubts.about("The buyer's country", "has no known time zone; times are read as UTC", country)
    return zone or dt.UTC


def _frame(root: Element, export: Facts, form: Element, name: str, origin: Origin, doubts: Doubts) -> Notice:
    """What stands around the form, the same for all of them."""
    language = language_code(form.get("LG"))
    if not language:
        doubts.about("The notice's language", "is not known", form.get("LG") or "")
    numbers = (values.publication_number(raw) for raw in export.texts("references"))
    return Notice(
        source=origin.source,
        key=origin.key,
        stage=_STAGES.get(name, Stage.CALL),
        title="",
        url=origin.url,
        notice_id=clean_line(export["uuid"], 80),
        publication_number=origin.number(root.get("DOC_ID") or export["number"]),
        notice_type=name,
        language=language,
        published=values.compact_day(export["published"], "The day of publication", doubts),
        previous=tuple(dict.fromkeys(filter(None, numbers))),
    )


def _fill(notice: Notice, form: Facts, zone: dt.tzinfo, doubts: Doubts) -> Notice:
    """The forms of release 2.0.9."""
    objects = [OBJECT.of(element) for element in form.elements("objects")]
    title = next((text for each in objects if (text := clean_line(prose(each, "title")))), "")
    whole = whole_of(form, zone, doubts)
    lots = lots_of(objects, form, whole, doubts)
    dispatched = values.day(form["dispatched"], "The day of dispatch", doubts)
    numbers = (values.publication_number(raw) for raw in form.texts("references"))
    given_up = form.has("awards") and len(form.elements("discontinued")) == len(form.elements("awards"))
    return replace(
        notice,
        stage=_STAGE_OF_TYPE.get(form["type"], notice.stage),
        title=title,
        description=clean(prose(objects[0], "description")) if objects else "",
        buyers=tuple(organisation(element) for element in form.elements("buyers")),
        dispatched=values.start_of_day(dispatched, zone) if dispatched else None,
        legal_basis=clean_line(form["legal_basis"], 40)
        or _celex(form["directive"])
        or _BASES.get(notice.notice_type, ""),
        procedure_type=whole.procedure,
        value=values.money(objects[0]["value"], objects[0]["currency"], "The whole value", doubts) if objects else None,
        lots=lots,
        changes=_changes(form),
        previous=tuple(dict.fromkeys((*filter(None, numbers), *notice.previous))),
        cancelled=given_up,
    )


def _celex(directive: str) -> str:
    """The CELEX number of a directive, 32014L0024 for 2014/24/EU."""
    match = _DIRECTIVE.fullmatch(directive)
    return f"3{match['year']}L{int(match['number']):04d}" if match else ""


def _changes(form: Facts) -> tuple[Change, ...]:
    """F14 says place by place what is to be read instead of what; F20 how a contract that runs is modified."""
    changed = values.publication_number(form["references"])
    found = [change_of(element, changed) for element in form.elements("changes")]
    reasons = (clean(prose(form, name)) for name in ("modification", "modification_reason"))
    modified = "\n".join(filter(None, (*reasons, modified_period(form))))
    return (*found, *((Change(changed, (), "", modified),) if modified else ()))


def _checked(notice: Notice, name: str, doubts: Doubts) -> str:
    """Its title, else its first lot's; what every notice of this kind must have and this one lacks is noted."""
    title = notice.title or next((lot.title for lot in notice.lots if lot.title), "")
    if not title:
        doubts.add("The notice has no title.")
    if not any(buyer.name for buyer in notice.buyers):
        doubts.add("The notice names no buyer.")
    if not notice.lots and name not in _WITHOUT_LOTS:
        doubts.add("The notice describes no lot.")
    if damaged(title) or damaged(notice.description):
        doubts.add("Letters were lost on the way: the text is not written in the character set that it names.")
    return title
