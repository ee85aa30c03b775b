#!/bin/bash
# build/browser_engine/compile.sh FETCHED PYODIDE SO: compiles cffi's C part for Pyodide. The same bytes each time; their hash is pinned.
set -euo pipefail
fetched=$1 pyodide=$2 result=$3
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
zig=$("$fetched/venv/bin/python" -c 'import os, ziglang; print(os.path.dirname(ziglang.__file__))')
libc=$zig/lib/libc/include
export ZIG_GLOBAL_CACHE_DIR=$work/zig ZIG_LOCAL_CACHE_DIR=$work/zig

mkdir "$work/include"
cp "$here"/*.h "$fetched"/headers/usr/include/*/ffi.h "$work/include"
cp -r "$fetched/headers/usr/include/python3.14" "$work/include/python"
"$fetched/venv/bin/python" "$here/pyconfig.py" "$pyodide/python_stdlib.zip" > "$work/include/python/pyconfig.h"

# Zig has extended-const on by default, which node 20 refuses.
"$zig/zig" cc -target wasm32-emscripten -mcpu=generic-extended_const -O2 -fPIC -fvisibility=hidden -w -include "$work/include/libc.h" \
    -I "$work/include" -I "$work/include/python" -isystem "$libc/wasm-wasi-musl" -isystem "$libc/generic-musl" \
    -c "$fetched/cffi/src/c/_cffi_backend.c" -o "$work/_cffi_backend.o"
"$zig/zig" wasm-ld -shared --experimental-pic -Bsymbolic --unresolved-symbols=import-dynamic -s --no-entry \
    --export-if-defined=__wasm_apply_data_relocs --export=PyInit__cffi_backend "$work/_cffi_backend.o" -o "$work/_cffi_backend.so"
if ! (cd "$work" && sha256sum --check --status "$here/sha256"); then
    echo "_cffi_backend.so is $(sha256sum < "$work/_cffi_backend.so" | cut -c1-64), not what build/browser_engine/sha256 says" >&2
    exit 1
fi
cp "$work/_cffi_backend.so" "$result"
