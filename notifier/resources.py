"""Where templates and default configuration lie, in a checkout and in an installed wheel alike.

In a checkout (and so in an editable install) they stand at the top of the project; a wheel carries them inside
the package, under `notifier/_data`. Nothing else in the project looks for them by path.
"""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def resource(name: str) -> Path:
    """Path of a shipped file or folder, e.g. `resource("templates/mail")`.

    Raises FileNotFoundError where neither place has it: the installation is broken.
    """
    for root in (PACKAGE / "_data", PACKAGE.parent):
        path = root / name
        if path.exists():
            return path
    raise FileNotFoundError(f"{name} is missing from this installation: reinstall the notifier")
