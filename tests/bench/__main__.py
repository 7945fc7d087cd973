"""`python -m tests.bench [NAME…]`: run the named measurements, or all, and exit 1 where a figure falls short."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from tests.bench import assess, crawl, handover, match, parse, publish
from tests.bench.measuring import Figure, calibration, show

BENCHES: dict[str, Callable[[], Sequence[Figure]]] = {
    "parse": parse.figures,
    "crawl": crawl.figures,
    "assess": assess.figures,
    "handover": handover.figures,
    "match": match.figures,
    "publish": publish.figures,
}


def main(names: Sequence[str]) -> int:
    """Measure; 0 where everything holds, 1 where something falls short, 2 for an unknown name."""
    if unknown := [name for name in names if name not in BENCHES]:
        print(f"bench: there is no '{unknown[0]}'; there are {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    figures = [calibration()]
    for name in names or BENCHES:
        figures += BENCHES[name]()
    return 0 if show(figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
