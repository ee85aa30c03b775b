#!/bin/bash
# Pins and hashes requirements/*.in for CPython 3.11 to 3.14 on every platform, with no index address in the file.
# `build/lock.sh --upgrade` takes the newest versions that fit. uv is a development tool: it gets a virtualenv of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! uv=$(command -v uv); then
    uv=$PWD/.cache/uv/bin/uv
    [ -x "$uv" ] || { .venv/bin/python -m venv .cache/uv && .cache/uv/bin/pip install --quiet uv; }
fi
cd requirements
for name in runtime native dev node engine; do
    "$uv" --no-config pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
        --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
        "$@" "$name.in" -o "$name.txt"
done
