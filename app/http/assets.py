"""Files that are served as they are: the web client and the games' own. A table made at start, so no path can leave it."""

import asyncio
import gzip
import mimetypes
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"
MAX_FILES = 5_000
COMPRESSED = ("text/", "application/javascript", "application/json", "application/wasm", "image/svg+xml")
COMPRESS_FROM = 1_024
"""Smaller files are sent as they are (bytes)."""
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".ogg": "audio/ogg",
    ".txt": "text/plain; charset=utf-8",
}
"""Said by us, because what `mimetypes` knows differs from machine to machine."""


class AssetError(Exception):
    """A folder of assets cannot be served; the text says why."""


@dataclass(slots=True)
class Asset:
    """One file: where it is, what it is, and its compressed form once it has been asked for."""

    path: Path
    media_type: str
    etag: str
    size: int
    compressed: bytes | None = None

    @classmethod
    def of(cls, path: Path) -> "Asset":
        """Reads the file once, for its hash."""
        content = path.read_bytes()
        guess = TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0]
        etag = f'"{sha256(content).hexdigest()[:32]}"'
        return cls(path, guess or "application/octet-stream", etag, len(content))

    async def response(self, request: Request, cache: str, status: int = 200) -> Response:
        """The file, compressed where that is worth it and the client takes it; 304 where it has it already."""
        headers = {"Cache-Control": cache, "ETag": self.etag, "Vary": "Accept-Encoding"}
        if status == 200 and self.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        accepted = request.headers.get("accept-encoding", "")
        if self._is_compressible() and "gzip" in accepted:
            return await self._compressed_response(headers, status)
        return FileResponse(self.path, status, headers, self.media_type)

    async def _compressed_response(self, headers: dict[str, str], status: int) -> Response:
        if self.compressed is None:  # in a thread, which zlib lets run beside the ticks
            self.compressed = await asyncio.to_thread(_compress, self.path)
        return Response(self.compressed, status, {**headers, "Content-Encoding": "gzip"}, self.media_type)

    def _is_compressible(self) -> bool:
        return self.size >= COMPRESS_FROM and self.media_type.startswith(COMPRESSED)


@dataclass(frozen=True, slots=True)
class Assets:
    """All files of a folder by their path below it, with `/` between the parts."""

    files: dict[str, Asset]

    @classmethod
    def of(cls, folder: Path) -> "Assets":
        """Every file below a folder but hidden ones. Raises AssetError for a link that leads out of it."""
        files = {}
        root = folder.resolve()
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if not path.is_file() or any(part.startswith(".") for part in name.split("/")):
                continue
            if not path.resolve().is_relative_to(root):
                raise AssetError(f"{path} is a link that leads out of {folder}")
            files[name] = Asset.of(path)
            if len(files) > MAX_FILES:
                raise AssetError(f"{folder} has more than {MAX_FILES} files")
        return cls(files)

    def digest(self) -> str:
        """A short name for exactly these files with these contents."""
        listing = "\n".join(f"{name} {asset.etag}" for name, asset in self.files.items())
        return sha256(listing.encode()).hexdigest()[:16]


def _compress(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), compresslevel=6, mtime=0)
