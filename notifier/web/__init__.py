"""The pages that answer: sign-up and confirmation, what one gets, stop, answers on a lot, calendar and feed.

No account, no cookie, no script: a link's key says who, and no GET changes anything. Whatever is shown of lots and
agreements stands on the public pages already.

    application.py  the application: what every page has in common
    signup.py       sign-up, and the owner's yes
    personal.py     what one gets, all tasks, stop
    answering.py    what one says of a lot, and partners
    feeds.py        calendar and feed
    pages.py        templates/web laid out
"""

from __future__ import annotations

from notifier.web.application import make_application

__all__ = ["make_application"]
