#!/bin/sh
# Prints the first Python on PATH that is CPython >= 3.11 and can make a virtualenv with pip in it; nothing if none is.
for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        echo "$name"
        exit 0
    fi
done
