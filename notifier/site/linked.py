"""What pages are about, in words of schema.org (version 30), as JSON-LD for search engines. Pure.

A lot that one can act on is a `Demand` which its buyer `seeks`. Nothing is said that the page does not say, and
nothing in words that schema.org does not have: our mark is none of them. An estimated value is no price, so it is left
out. Who does not demand any more says nothing: the page of a closed lot has its place among the pages alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from notifier.config import Town
from notifier.lots import Lot, LotState, LotView, acting_deadline
from notifier.nomenclature import cpv_name
from notifier.phrases import shorten, write_nuts
from notifier.site.codes import coded
from notifier.site.lotpage import LotPage
from notifier.site.reader import Reader
from notifier.site.rendering import FRONT, LOTS, address, in_language, lot_path

Thing = dict[str, object]

# The one value for whoever wants to have something (GoodRelations; schema.org/BusinessFunction).
_BUY = "http://purl.org/goodrelations/v1#Buy"
_DESCRIPTION = 300  # characters: enough to tell what it is


def site_data(town: Town, reader: Reader) -> Thing:
    """The front page: the site and who publishes it."""
    front = address(town, in_language(FRONT, reader.language))
    publisher = f"{address(town, FRONT)}#udgiver"
    site: Thing = {
        "@type": "WebSite",
        "@id": f"{front}#site",
        "url": front,
        "name": f"{reader.w('site.name')} – {town.name}",
        "description": reader.w("site.front_description", town=town.name),
        "inLanguage": reader.language,
        "publisher": {"@id": publisher},
    }
    body: Thing = {"@type": "GovernmentOrganization", "@id": publisher, "name": town.name, "email": town.contact}
    return {"@graph": [site, body]}


def lot_data(view: LotView, page: LotPage, town: Town, reader: Reader) -> Thing:
    """A lot's page: where it stands, and what is demanded by whom as long as one can act on it."""
    own = lot_path(view.slug)
    steps = ((reader.w("search.nav_front"), FRONT), (reader.w("site.nav_lots"), LOTS), (page.title.words, own))
    graph = [breadcrumbs(steps, town, reader)]
    if page.state in (LotState.OPEN, LotState.PLANNED):
        demand = _demand(view, page, address(town, in_language(own, reader.language)), reader)
        graph.append({"@type": "Organization", "name": page.buyer, "seeks": demand})
    return {"@graph": graph}


def breadcrumbs(steps: Sequence[tuple[str, str]], town: Town, reader: Reader) -> Thing:
    """The way from the front page to a page, the page itself last: each step's name and path, without its language."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": number,
                "name": shorten(name, 100),
                "item": address(town, in_language(path, reader.language)),
            }
            for number, (name, path) in enumerate(steps, start=1)
        ],
    }


def _demand(view: LotView, page: LotPage, url: str, reader: Reader) -> Thing:
    lot, deadline = view.lot, acting_deadline(view.lot)
    until = ""
    if deadline:
        until = deadline.at.isoformat() if deadline.time_known else f"{deadline.at:%Y-%m-%d}"
    return _known(
        {
            "@type": "Demand",
            "@id": f"{url}#opgave",
            "url": url,
            "name": page.title.words,
            "identifier": coded(view.notice.publication_number, reader.language),
            "businessFunction": _BUY,
            "availabilityEnds": until,
            "validThrough": until,
            "areaServed": _areas(lot, reader),
            "itemOffered": _wanted(lot, page, reader),
        }
    )


def _wanted(lot: Lot, page: LotPage, reader: Reader) -> Thing:
    """What is bought: a product where the notice says supplies, else a service; works are services too."""
    lead = " ".join(line for lines in page.lead for line in lines)
    return _known(
        {
            "@type": "Product" if lot.nature == "supplies" else "Service",
            "name": page.title.words,
            "description": shorten(lead, _DESCRIPTION),
            "category": [
                _known(
                    {
                        "@type": "CategoryCode",
                        "codeValue": coded(code, reader.language),
                        "name": cpv_name(code.ljust(8, "0"), reader.language),
                        "inCodeSet": {"@type": "CategoryCodeSet", "name": "CPV 2008"},
                    }
                )
                for code in dict.fromkeys((lot.cpv_main, *lot.cpv_additional))
                if code
            ],
        }
    )


def _areas(lot: Lot, reader: Reader) -> list[Thing]:
    """Where the work is done: areas by their NUTS codes, and the place in the source's words."""
    areas: list[Thing] = [
        {
            "@type": "AdministrativeArea",
            "name": reader.text(write_nuts(code, reader.language)),
            "identifier": {"@type": "PropertyValue", "propertyID": "NUTS", "value": coded(code, reader.language)},
        }
        for code in dict.fromkeys(lot.nuts)
    ]
    if place := reader.text(lot.place):
        areas.insert(0, {"@type": "Place", "name": place})
    return areas


def _known(values: Mapping[str, object]) -> Thing:
    """Without what nobody knows."""
    return {name: value for name, value in values.items() if value}
