#!/bin/bash
# build/browser_engine.sh [PYTHON]: makes the Python engine for browsers, build/work/engine/dist; nothing when it is there already.
# Where that cannot be done, one line says why, and pages work without prediction.
set -uo pipefail
cd "$(dirname "$0")/.."
python=${1:-python3}
work=$PWD/build/work/engine
pyodide=$PWD/web/node_modules/pyodide
fetched_key=$(cat build/browser_engine/fetch.sh requirements/engine.txt requirements/runtime.txt | sha256sum)
key=$(cat build/browser_engine.sh build/browser_engine/* requirements/{engine,runtime}.txt "$pyodide/package.json" 2>&1 | sha256sum)

fetch() {
    [ "$(cat "$work/fetched/key" 2>/dev/null)" = "$fetched_key" ] && return
    build/browser_engine/fetch.sh "$python" "$work/fetched" && echo "$fetched_key" > "$work/fetched/key"
}

make_engine() {
    [ -d "$pyodide" ] || { echo "npm has not fetched Pyodide (web/node_modules/pyodide)" >&2; return 1; }
    rm -f "$work/key"
    fetch \
        && build/browser_engine/compile.sh "$work/fetched" "$pyodide" "$work/_cffi_backend.so" \
        && "$work/fetched/venv/bin/python" build/browser_engine/pack.py \
            "$work/fetched" "$pyodide" "$work/_cffi_backend.so" "$work/dist" \
        && echo "$key" > "$work/key"
}

[ "$(cat "$work/key" 2>/dev/null)" = "$key" ] && exit 0
mkdir -p "$work"
if ! make_engine > "$work/log" 2>&1; then
    echo "The browser engine was not built: $(tail -n 1 "$work/log") (all of it: build/work/engine/log)" >&2
    exit 1
fi
