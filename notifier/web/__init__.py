"""The pages that answer: the search, sign-up and confirmation, what one gets, stop, answers on a lot, calendar, feed.

No account, no cookie, no script: a link's key says who, and no GET changes anything. Whatever is shown of lots and
agreements stands on the public pages already.

    application.py  the application: what every page has in common
    listing.py      the front page, and lots to search
    lots.py         a lot's page
    agreements.py   agreements to search
    trades.py       a page for each trade
    asking.py       what a search asks for
    signup.py       sign-up, and the owner's yes
    trial.py        what came last month and fits
    personal.py     what one gets, all tasks, stop
    answering.py    what one says of a lot, and partners
    feeds.py        calendar and feed
    pages.py        templates/web laid out
"""

from __future__ import annotations

from notifier.web.application import make_application

__all__ = ["make_application"]
