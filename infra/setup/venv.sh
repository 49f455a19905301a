#!/bin/sh
# Makes .venv in the current folder, with pip in it, where there is none that works.
#
#   sh infra/setup/venv.sh [demo]
set -eu
here=$(dirname "$0")
sh "$here/system.sh" "${1:-}"
.venv/bin/pip --version >/dev/null 2>&1 && exit 0
# One that was made without pip keeps what is in it.
.venv/bin/python -m ensurepip >/dev/null 2>&1 && .venv/bin/pip --version >/dev/null 2>&1 && exit 0
python=$(sh "$here/python.sh") || {
    echo "There is no Python 3.11 or later on the path: install one, then run make again." >&2
    exit 1
}
echo "Making .venv with $python ..."
"$python" -m venv --clear .venv
