"""The Python engine for browsers over HTTP: its files as the build has made and compressed them, under the hash of them all.

    <folder>/manifest.json              what there is (build/browser_engine/pack.py)
    <folder>/<hash>/<name>[.br|.gz]     each file; the one file leaves the plain forms out
    <folder>/<hash>/<code>.zip[...]     our own code of that name, compiled by this engine
    <web>/engine.json                   which scripts load it (web/scripts/build.mjs)

It may be built while the server runs already, and is looked for again until it is there.
"""

import logging
import re
import sys
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec
import structlog
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse

from app.http.assets import IMMUTABLE, TYPES
from app.http.problems import Problem

log = structlog.get_logger("pages")

ASSETS = "/assets/engine/"
NOT_THERE = "The Python engine for browsers is not built here."
SOON_THERE = "The Python engine for browsers is being built; it is there in a moment."
CHECKOUT = Path(__file__).resolve().parents[2]
FORMS = {"br": ".br", "gzip": ".gz"}
"""Encodings, the best first: browsers take Brotli over https and from this machine only."""
BUILDING = "building"
"""A file beside its folder while it is built (build/browser_engine.sh)."""
CHUNK = 65_536
"""Bytes that are unpacked at a time for a client that takes no compressed form."""
COMPILED = re.compile(r"[0-9a-f]{32}\.zip")
GZIP = 16 + zlib.MAX_WBITS


class Sizes(Struct, frozen=True):
    """A file of the engine: its own bytes, and those of its compressed forms."""

    bytes: int
    brotli: int
    gzip: int


class Manifest(Struct, frozen=True):
    """What the build says of the engine that it has made."""

    folder: str
    pyodide: str
    wheels: list[str]
    files: dict[str, Sizes]


class Addresses(Struct, frozen=True):
    """What a page has to know to load the engine: `folder` ends in `/`; `scripts` are our own, by what they are."""

    folder: str
    pyodide: str
    files: dict[str, Sizes]
    worker: str
    page: str
    sandbox: str = ""


@dataclass(frozen=True, slots=True)
class Built:
    """An engine that is there."""

    folder: Path
    files: Mapping[str, Sizes]
    document: bytes
    """engine.json: `Addresses`."""

    def has_compiled(self, name: str) -> bool:
        """Whether code of this name was compiled beforehand."""
        return COMPILED.fullmatch(name) is not None and (self.folder / f"{name}.gz").is_file()

    @property
    def name(self) -> str:
        """Of the document: as everything here it is named by what is in it."""
        return f"{sha256(self.document).hexdigest()[:16]}.json"


class BrowserEngine:
    """The engine, once it is there."""

    def __init__(self, folder: Path, web: Path) -> None:
        """`folder` is what the build has made, `web` the built web client."""
        self._folder = folder
        self._web = web
        self._built: Built | None = None

    def announce(self) -> None:
        """Say in the log whether it is there. One that comes later is announced when it is found."""
        if self.built is None:
            is_coming = self.reason == SOON_THERE
            log.log(
                logging.INFO if is_coming else logging.WARNING,
                "no browser engine",
                cause=f"{self.reason} Pages do not predict.",
            )

    @property
    def address(self) -> str:
        """Of its engine.json; empty while there is none."""
        built = self.built
        return ASSETS + built.name if built else ""

    @property
    def reason(self) -> str:
        """Why there is none now; empty where there is one."""
        if self.built is not None:
            return ""
        return SOON_THERE if (self._folder.parent / BUILDING).is_file() else NOT_THERE

    async def response(self, request: Request, path: str) -> Response:
        """`/assets/engine/<path>`. Raises Problem 404."""
        built = self.built
        if built is None:
            raise Problem(404, NOT_THERE)
        if path == built.name:
            return Response(
                built.document, headers={"Cache-Control": IMMUTABLE}, media_type="application/json"
            )
        folder, _, name = path.partition("/")
        if folder != built.folder.name or not (name in built.files or built.has_compiled(name)):
            raise Problem(404, "The engine has no such file now.")
        return _file_response(request, built, name)

    def compiled(self, code: str) -> str:
        """The address of the code of this name, compiled by the engine; empty where it was not: it is compiled when imported."""
        built, name = self.built, f"{code}.zip"
        return f"{ASSETS}{built.folder.name}/{name}" if built and built.has_compiled(name) else ""

    @property
    def built(self) -> Built | None:
        """The engine, if it is there."""
        if self._built is None and (self._folder / "manifest.json").is_file():
            self._built = self._read()
        return self._built

    def _read(self) -> Built | None:
        scripts = self._web / "engine.json"
        if not scripts.is_file():
            return None
        manifest = msgspec.json.decode((self._folder / "manifest.json").read_bytes(), type=Manifest)
        addresses = Addresses(
            f"{ASSETS}{manifest.folder}/",
            manifest.pyodide,
            manifest.files,
            **msgspec.json.decode(scripts.read_bytes(), type=dict[str, str]),
        )
        brotli = sum(each.brotli for each in manifest.files.values())
        log.info(
            "browser engine found", folder=manifest.folder, pyodide=manifest.pyodide, brotli_bytes=brotli
        )
        return Built(self._folder / manifest.folder, manifest.files, msgspec.json.encode(addresses))


def engine_folder() -> Path:
    """Where the engine is: in the one-file program's own folder, or where the checkout builds it."""
    bundled = getattr(sys, "_MEIPASS", None)
    return Path(bundled, "engine") if bundled else CHECKOUT / "build" / "work" / "engine" / "dist"


def _file_response(request: Request, built: Built, name: str) -> Response:
    """In the best form that the client takes. The name of the folder is the hash of the content: it is the ETag."""
    path = built.folder / name
    headers = {
        "Cache-Control": IMMUTABLE,
        "ETag": f'"{built.folder.name}"',
        "Vary": "Accept-Encoding",
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    media_type = TYPES.get(path.suffix, "application/octet-stream")
    accepted = request.headers.get("accept-encoding", "")
    for encoding, end in FORMS.items():
        form = path.with_name(name + end)
        if encoding in accepted and form.is_file():
            return FileResponse(form, 200, {**headers, "Content-Encoding": encoding}, media_type)
    if path.is_file():
        return FileResponse(path, 200, headers, media_type)
    packed = path.with_name(f"{name}.gz")
    if not packed.is_file():
        raise Problem(404, "The engine has been built anew: the server has to be started again.")
    if name in built.files:
        headers["Content-Length"] = str(built.files[name].bytes)
    return StreamingResponse(_unpacked(packed), 200, headers, media_type)


def _unpacked(packed: Path) -> Iterator[bytes]:
    """What a gzip file has in it, piece by piece; Starlette asks for each in a thread."""
    inflate = zlib.decompressobj(GZIP)
    with packed.open("rb") as file:
        while piece := file.read(CHUNK):
            while piece:
                yield inflate.decompress(piece, CHUNK)
                piece = inflate.unconsumed_tail
    yield inflate.flush()
