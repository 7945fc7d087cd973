#!/usr/bin/env bash
# Everything that must hold, in the order in which it fails fastest. Words after it go to pytest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PYTHONWARNINGS=error::DeprecationWarning
if [ $# -eq 0 ]; then
    .venv/bin/ruff check .
    .venv/bin/ruff format --check .
    .venv/bin/mypy
fi
# A file's tests stay with one worker: some share a server or a browser that is dear to start. Some only wait, hence one
# worker more than there are cores.
exec .venv/bin/python -m pytest -n "$(($(nproc) + 1))" --dist loadfile "$@"
