#!/usr/bin/env bash
# Everything that must hold, in the order in which it fails fastest. Words after it go to pytest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PYTHONWARNINGS=error::DeprecationWarning
if [ $# -eq 0 ]; then
    set -- -m "not long"
    .venv/bin/ruff check .
    .venv/bin/ruff format --check .
    .venv/bin/mypy
fi
# Thousands of small databases are made and forced to the disk: in memory, where there is room, that takes half the time.
scratch=$(mktemp -d)
room=$(df --output=avail /dev/shm 2>/dev/null | tail -n 1) || room=0
if [ "${room:-0}" -gt 4000000 ] && [ -w /dev/shm ]; then
    rmdir "$scratch"
    scratch=$(mktemp -d -p /dev/shm)
fi
trap 'rm -rf "$scratch"' EXIT
# A file's tests stay with one worker: some share a server or a browser that is dear to start. Some only wait, hence one
# worker more than there are cores.
.venv/bin/python -m pytest -n "$(($(nproc) + 1))" --dist loadfile --no-loadscope-reorder --basetemp "$scratch/tests" "$@"
