#!/bin/sh
# PyInstaller packs with objcopy and objdump, and strips with strip.
for tool in objcopy objdump strip; do
    command -v "$tool" >/dev/null && continue
    echo "The one file needs $tool, of binutils (Debian: apt-get install binutils)" >&2
    exit 1
done
