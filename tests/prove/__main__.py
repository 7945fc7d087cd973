"""`python -m tests.prove NAME [--quick]`: run a proof and print its table.

Exit status 1 where the proof falls short, 2 where there is none of that name.
"""

from __future__ import annotations

import importlib
import sys

PROOFS = {
    "outbox": "SIGKILL at every step of building and delivery: nothing lost or sent twice, what is in doubt is held",
    "publish": "SIGKILL at every step of publication: no torn file, nothing left over, the next run mends",
    "mutants": "redesigns of every HTML source: who changes the reading is caught in the same run",
    "healthy": "editors' whims, 0.1 to 10 new lots a run: nearly no run alarms",
    "suitability": "labelled real lots: figures, cross-validation, and how much hangs on each number",
}


def usage() -> str:
    """The proofs that there are."""
    lines = [f"  {name:<12} {what}" for name, what in PROOFS.items()]
    return "\n".join(["usage: python -m tests.prove NAME [--quick]", *lines])


def main(words: list[str]) -> int:
    """Run the named proof and answer its exit status."""
    if "--help" in words or "-h" in words:
        print(usage())
        return 0
    names, options = [word for word in words if word != "--quick"], "--quick" in words
    if len(names) != 1 or names[0] not in PROOFS:
        print(f"there is no such proof: {' '.join(names) or '(none named)'}\n{usage()}", file=sys.stderr)
        return 2
    status: int = importlib.import_module(f"tests.prove.{names[0]}").main(quick=options)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
