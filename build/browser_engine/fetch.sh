#!/bin/bash
# build/browser_engine/fetch.sh PYTHON FOLDER: fetches what the browser engine is made of, each by name and hash.
#   FOLDER/wheels   from PyPI: esper, msgspec and pymunk for Pyodide, in the server's own versions (requirements/runtime.txt)
#   FOLDER/cffi     from PyPI: the source of cffi; FOLDER/venv has the compiler, Zig (requirements/engine.txt)
#   FOLDER/headers  from Debian: the headers of CPython 3.14 and of libffi, verified by apt, unpacked, never installed
# npm has fetched Pyodide into web/node_modules by then.
set -euo pipefail
python=$1 folder=$2
root=$(cd "$(dirname "$0")/../.." && pwd)
pyodide=(--python-version 314 --implementation cp --abi cp314 --platform pyemscripten_2026_0_wasm32)

pick() {  # LOCK NAME...: these packages of a lock file, with their hashes
    awk -v names="${*:2}" 'BEGIN { split(names, each, " "); for (i in each) wanted[each[i]] }
        /^[a-z]/ { split($1, part, "=="); on = part[1] in wanted } on && !/^ *#/' "$root/requirements/$1"
}

rm -rf "$folder" && mkdir -p "$folder"
cd "$folder"
"$python" -m venv venv
pip=(venv/bin/python -m pip --quiet --disable-pip-version-check)
pick engine.txt setuptools ziglang > tools.txt
"${pip[@]}" install --require-hashes --no-deps --only-binary :all: -r tools.txt
pick runtime.txt esper msgspec pymunk > wheels.txt
"${pip[@]}" download --require-hashes --no-deps --only-binary :all: "${pyodide[@]}" --dest wheels -r wheels.txt
pick engine.txt cffi > cffi.txt
"${pip[@]}" download --require-hashes --no-deps --no-binary :all: --no-build-isolation --dest source -r cffi.txt
mkdir cffi && tar -xf source/cffi-*.tar.gz -C cffi --strip-components 1

# An apt of its own: this machine's mirror, proxies and Debian's keys, but other lists, no status, and a release that has 3.14.
keys=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r $keys ] || { echo "the headers of CPython 3.14 come from Debian, whose keys are not here ($keys)" >&2; exit 1; }
mirror=$(apt-get indextargets --format '$(REPO_URI)' | grep -E '/debian/?$' | sort -u | head -n 1)
[ -n "$mirror" ] || { echo "apt of this machine knows no mirror of Debian" >&2; exit 1; }
mkdir -p apt/lists/partial apt/archives/partial debs headers
touch apt/status
echo "deb [signed-by=$keys] $mirror forky main" > apt/sources.list
apt=(apt-get -qq -o Dir::Etc::SourceList="$folder/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o Dir::State::Lists="$folder/apt/lists" -o Dir::State::Status="$folder/apt/status" -o Dir::Cache="$folder/apt"
    -o APT::Architecture=amd64 -o APT::Architectures=amd64 -o APT::Sandbox::User=root -o Acquire::Languages=none
    -o APT::Get::AllowUnauthenticated=false -o Acquire::AllowInsecureRepositories=false)
"${apt[@]}" update
(cd debs && "${apt[@]}" download libpython3.14-dev libffi-dev)
for package in debs/*.deb; do dpkg-deb -x "$package" headers; done
rm -rf apt
