"""`python -m tests.bench [--lots N] [NAME…]`: run the named measurements, or all; exit 1 where a figure falls short.

`--lots` is how many lots `web` builds: fewer for a first look.
"""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Callable, Sequence

from tests.bench import assess, crawl, handover, match, parse, publish, web
from tests.bench.measuring import Figure, calibration, show

BENCHES: dict[str, Callable[[], Sequence[Figure]]] = {
    "parse": parse.figures,
    "crawl": crawl.figures,
    "assess": assess.figures,
    "handover": handover.figures,
    "match": match.figures,
    "publish": publish.figures,
    "web": web.figures,
}


def main(names: Sequence[str]) -> int:
    """Measure; 0 where everything holds, 1 where something falls short, 2 for an unknown name."""
    words = argparse.ArgumentParser(prog="bench")
    words.add_argument("--lots", type=int, default=web.LOTS)
    words.add_argument("names", nargs="*")
    asked = words.parse_args(names)
    chosen, benches = asked.names, dict(BENCHES)
    benches["web"] = functools.partial(web.figures, asked.lots)
    if unknown := [name for name in chosen if name not in BENCHES]:
        print(f"bench: there is no '{unknown[0]}'; there are {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    figures = [calibration()]
    for name in chosen or benches:
        figures += benches[name]()
    return 0 if show(figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
