"""Pages and files: what is served, how it may be kept, and what is out of reach."""

import gzip
from pathlib import Path

import pytest

from tests.app.conftest import SCRIPT
from tests.app.site_kit import Kit, make_kit

BROWSER = {"Accept": "text/html"}


def test_the_lobby_is_a_page_that_is_asked_for_again(web_kit: Kit) -> None:
    """`GET /` is index.html, to be revalidated, with its type."""
    page = web_kit.request("GET", "/")
    assert (page.status_code, page.text) == (200, "<h1>lobby</h1>")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"


def test_a_page_that_has_not_changed_is_304(web_kit: Kit) -> None:
    """The ETag of the first answer, sent back, saves the second."""
    etag = web_kit.request("GET", "/").headers["etag"]
    again = web_kit.request("GET", "/", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert web_kit.request("GET", "/", headers={"If-None-Match": '"other"'}).status_code == 200


def test_an_asset_may_be_kept_for_good_and_travels_compressed(web_kit: Kit) -> None:
    """A file with its hash in its name is immutable; gzip where the client takes it and it is worth it."""
    plain = web_kit.request("GET", "/assets/app-1234.js", headers={"Accept-Encoding": "identity"})
    packed = web_kit.request("GET", "/assets/app-1234.js", headers={"Accept-Encoding": "gzip"})
    assert plain.text == packed.text == SCRIPT
    assert "content-encoding" not in plain.headers and packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(gzip.compress(SCRIPT.encode(), 6, mtime=0))
    for response in (plain, packed):
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert response.headers["vary"] == "Accept-Encoding"
        assert response.headers["content-type"] == "text/javascript; charset=utf-8"


def test_webassembly_is_for_the_python_worker_alone(web_folder: Path) -> None:
    """Its policy names 'wasm-unsafe-eval'; no other file's and no page's does."""
    (web_folder / "assets" / "python-worker-1234.js").write_text("")
    kit = make_kit(web=web_folder)
    policies = {
        path: kit.request("GET", path).headers["content-security-policy"]
        for path in ("/", "/assets/app-1234.js", "/assets/python-worker-1234.js")
    }
    assert [path for path, policy in policies.items() if "wasm" in policy] == [
        "/assets/python-worker-1234.js"
    ]
    assert all(
        "default-src 'none'" in policy and "'unsafe-eval'" not in policy for policy in policies.values()
    )


def test_a_games_view_is_served_at_the_address_of_its_content(web_kit: Kit) -> None:
    """The hash in the address is the folder's; another hash, game or file is 404."""
    game = web_kit.site.lobby.games["walk"]
    base = f"/games/walk/{game.assets_hash}"
    assert web_kit.request("GET", f"{base}/view.js").status_code == 200
    for path in (
        "/games/walk/0123456789abcdef/view.js",
        f"{base}/other.js",
        base.replace("walk", "run") + "/view.js",
    ):
        assert web_kit.request("GET", path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../../secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets//etc/passwd",
        "/assets/app-1234.js/..",
        "/assets/",
        "/assets/..%5c..%5csecret.txt",
        "/secret.txt",
        "/index.html",
    ],
)
def test_no_path_leads_out(web_kit: Kit, path: str) -> None:
    """Whatever the path says, only files of the table are served."""
    response = web_kit.request("GET", path)
    assert response.status_code == 404
    assert "secret" not in response.text


def test_without_the_web_client_the_page_says_what_to_do() -> None:
    """A checkout that was not built answers 503 with the way to build it, and the API works."""
    kit = make_kit()
    response = kit.request("GET", "/", headers=BROWSER)
    assert response.status_code == 503
    assert "make web" in response.json()["detail"]
    assert kit.create()


@pytest.mark.parametrize(
    ("accept", "is_page"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("text/html", True),
        ("application/json", False),
        ("*/*", False),
        ("", False),
        ("text/html;q=0.5, application/json", False),
        ("application/json;q=0.1, text/html;q=0.2", True),
        ("text/html;q=nonsense", False),
        ("TEXT/HTML", True),
    ],
)
def test_content_is_negotiated(web_kit: Kit, accept: str, is_page: bool) -> None:
    """Who would rather have HTML gets the page, everybody else JSON."""
    response = web_kit.request("GET", f"/join/{web_kit.create()}", headers={"Accept": accept})
    assert response.headers["content-type"].startswith("text/html" if is_page else "application/json")


def test_the_icon_is_found_or_404(web_kit: Kit) -> None:
    """The browser's own request for an icon is answered."""
    assert web_kit.request("GET", "/favicon.ico").headers["content-type"] == "image/svg+xml"
    assert make_kit().request("GET", "/favicon.ico").status_code == 404
