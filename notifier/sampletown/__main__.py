"""python -m notifier.sampletown [--port 8080] [--day 1]: look at the sample town in a browser."""

from __future__ import annotations

import argparse
from contextlib import suppress

from notifier.sampletown.server import serve
from notifier.sampletown.town import DAYS


def main(arguments: list[str] | None = None) -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m notifier.sampletown", description="Serve the sample town.")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--day", type=int, choices=DAYS, default=1)
    options = parser.parse_args(arguments)
    with serve(options.day, options.port) as town:
        print(f"{town.url}  (Ctrl-C ends)", flush=True)
        with suppress(KeyboardInterrupt):
            town.wait()


if __name__ == "__main__":
    main()
