#!/usr/bin/env bash
# Build the wheel, install it into a fresh environment far from the checkout, and run the demo from there:
# templates, default configuration and the sample town have to travel with it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
.venv/bin/python -m pip wheel -qq --no-deps --no-build-isolation --wheel-dir "$work/dist" .
.venv/bin/python -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
"$work/venv/bin/python" -m pip install -qq --disable-pip-version-check --no-deps "$work"/dist/*.whl
cd "$work"
"$work/venv/bin/notifier" demo
test -f var/demo/site/index.html -a -f var/demo/notifier.db -a -d var/demo/outbox/new
"$work/venv/bin/notifier" init "$work/config"
"$work/venv/bin/python" - <<'CODE'
import notifier, pathlib
assert "site-packages" in notifier.__file__, notifier.__file__
CODE
echo "the wheel works"
