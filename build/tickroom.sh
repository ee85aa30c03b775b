#!/bin/sh
# The command of a checkout: the Makefile copies it to .venv/bin/tickroom. It keeps the caller's working directory, where
# mods/ and tickroom.toml are looked for; -P, so that a folder `app` there is not taken for ours.
root=$(dirname "$(readlink -f "$0")")/../..
root=$(cd "$root" && pwd)
PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}"
export PYTHONPATH
exec "$root/.venv/bin/python" -P -m app "$@"
