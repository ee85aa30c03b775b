#!/bin/bash
# build/browser_engine.sh [--beside] [PYTHON]: makes the Python engine for browsers, build/work/engine/dist; nothing when it is there
# already. Where that cannot be done, one line says why, and pages work without prediction. --beside: in the background, which is said too.
set -uo pipefail
cd "$(dirname "$0")/.."
beside=
[ "${1:-}" = --beside ] && { beside=yes; shift; }
python=${1:-python3}
case $python in .*) python=$PWD/$python ;; esac # it is called from other folders
work=$PWD/build/work/engine
pyodide=$PWD/web/node_modules/pyodide
fetched_key=$(cat build/browser_engine/fetch.sh requirements/engine.txt requirements/runtime.txt | sha256sum)
key=$(cat build/browser_engine.sh build/browser_engine/* requirements/{engine,runtime}.txt "$pyodide/package.json" 2>&1 | sha256sum)
code_key=$(find ecs systems tickroom net app/games/rules_bundle.py web/engine/interpreter.ts -name '*.py' -o -name interpreter.ts 2>/dev/null \
    | LC_ALL=C sort | xargs cat | sha256sum)$key

fetch() {
    [ "$(cat "$work/fetched/key" 2>/dev/null)" = "$fetched_key" ] && return
    build/browser_engine/fetch.sh "$python" "$work/fetched" && echo "$fetched_key" > "$work/fetched/key"
}

# Compiled by the engine itself, which takes it from there when the code is still this; else it compiles as it imports.
compile_code() {
    local code folder
    rm -f "$work/code_key"
    folder=$work/dist/$("$work/fetched/venv/bin/python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["folder"])' "$work/dist/manifest.json")
    code=$("$python" build/browser_engine/engine_code.py "$work/code") || return 1
    rm -f "$folder"/????????????????????????????????.zip*
    web/node_modules/.bin/esbuild web/engine/interpreter.ts --bundle --format=esm --platform=node --log-level=error \
        --outfile="$work/code/interpreter.mjs" \
        && node build/browser_engine/precompile.mjs "$work/code/interpreter.mjs" "$work/code" "$folder" "$work/code/$code.zip" \
        && node build/browser_engine/compress.mjs "$work/code/$code.zip" \
        && mv "$work/code/$code.zip"* "$folder" && echo "$code_key" > "$work/code_key"
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

has_engine() { [ "$(cat "$work/key" 2>/dev/null)" = "$key" ]; }
is_there() { has_engine && [ "$(cat "$work/code_key" 2>/dev/null)" = "$code_key" ]; }

is_there && exit 0
if [ -n "$beside" ]; then
    echo "The Python engine for browsers is built beside the server (once, about half a minute); until then pages do not predict." >&2
    nice "$0" "$python" > /dev/null < /dev/null &
    exit 0
fi
mkdir -p "$work"
exec 9> "$work/lock"
command -v flock > /dev/null && flock 9 && is_there && exit 0 # another one has just made it
touch "$work/building"
trap 'rm -f "$work/building"' EXIT
if ! { has_engine || make_engine; } > "$work/log" 2>&1 || ! compile_code >> "$work/log" 2>&1; then
    why=$(grep -iE 'error|^E:' "$work/log" | head -n 1 | cut -c 1-300) # pip's first line of many; else what was said last
    echo "The browser engine was not built: ${why:-$(grep . "$work/log" | tail -n 1)} (all of it: build/work/engine/log)" >&2
    exit 1
fi
