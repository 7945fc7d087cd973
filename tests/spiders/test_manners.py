"""How long a host is left alone when it asks for it."""

from __future__ import annotations

import pytest
import time_machine

from spiders.middlewares import LONGEST_PAUSE_S, pause_before, retry_after


@time_machine.travel("2026-11-23T08:00:00Z", tick=False)
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("Mon, 23 Nov 2026 08:00:30 GMT", 30),
        ("Mon, 23 Nov 2026 09:00:30 +0100", 30),
        ("Monday, 23-Nov-26 08:00:30 GMT", 30),  # RFC 850, which RFC 9110 still wants understood
        ("Mon Nov 23 08:00:30 2026", 30),  # asctime, likewise, and always in GMT
        ("Mon, 23 Nov 2026 07:00:00 GMT", 0),
        ("Mon, 23 Nov 99999 07:00:00 GMT", 0),
        ("-5", 0),
        ("1.5", 0),
        ("soon", 0),
        ("", 0),
    ],
)
def test_retry_after_is_understood_as_seconds_or_as_a_date(header: str, seconds: float) -> None:
    assert retry_after(header) == seconds


def test_a_pause_is_never_longer_than_a_minute_nor_shorter_than_the_host_wants() -> None:
    assert pause_before(1, 2.0, 45.0) == 45.0
    assert pause_before(5, 2.0, 3.0) == 32.0
    assert pause_before(20, 2.0) == pause_before(1, 0.0, 10**9) == LONGEST_PAUSE_S
