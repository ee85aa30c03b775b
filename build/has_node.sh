#!/bin/sh
# Succeeds where npm and node >= 20 are on PATH.
command -v npm >/dev/null && node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null
