"""Accounts: whose token seats whom, and every token that seats nobody, each with its reason."""

import base64
import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

from app.accounts.account import MAX_SUBJECT, MAX_TOKEN, AccountRefused
from app.accounts.accounts import accounts_of
from app.accounts.tokens import LEEWAY, TokenAccounts
from app.config import AccountsSection
from app.config_file import ConfigError, parse, toml_value
from tests.app.site_kit import ADMIN, Kit, make_kit
from tests.app.test_lobby import assert_problem

ISSUER, AUDIENCE = "https://id.example.org", "tickroom"
SECRET = "a secret of the provider's, and of this server's"
RSA: RSAPrivateKey = generate_private_key(65_537, 2_048)
ED = Ed25519PrivateKey.generate()
RSA_PEM = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
ED_PEM = ED.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
SIGNED: dict[str, tuple[Any, str]] = {
    "HS256": (SECRET, SECRET),
    "RS256": (RSA, RSA_PEM),
    "EdDSA": (ED, ED_PEM),
}
"""By algorithm: what signs, and what the server is given."""


def section(algorithm: str = "HS256", **more: str) -> AccountsSection:
    """Settings of accounts."""
    key = {} if "key_file" in more else {"key": SIGNED[algorithm][1]}
    return AccountsSection(algorithm=algorithm, issuer=ISSUER, audience=AUDIENCE, **{**key, **more})  # type: ignore[arg-type]


def token(
    algorithm: str = "HS256", key: Any = None, headers: dict[str, Any] | None = None, **claims: Any
) -> str:
    """A token of Ada's, with other claims; a claim that is None is left out."""
    every = {"sub": "ada", "iss": ISSUER, "aud": AUDIENCE, "exp": time.time() + 600.0, **claims}
    kept = {name: value for name, value in every.items() if value is not None}
    return jwt.encode(kept, key or SIGNED[algorithm][0], algorithm, headers)


def part(value: object) -> str:
    """A part of a token made by hand."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def refusal(accounts: TokenAccounts, given: str) -> str:
    """Why a token is refused."""
    with pytest.raises(AccountRefused) as refused:
        accounts.account_of(given)
    return str(refused.value)


@pytest.mark.parametrize("algorithm", list(SIGNED))
def test_a_token_names_its_account(algorithm: str) -> None:
    """Signed in the configured way, by the issuer, for this server, in time: its subject is the account."""
    account = TokenAccounts(section(algorithm)).account_of(token(algorithm))
    assert (account.subject, account.name) == ("ada", "")


BAD: dict[str, tuple[Callable[[], str], str]] = {
    "expired": (lambda: token(exp=time.time() - LEEWAY - 5.0), "has expired"),
    "not valid yet": (lambda: token(nbf=time.time() + LEEWAY + 60.0), "not valid yet"),
    "issued in the future": (lambda: token(iat=time.time() + LEEWAY + 60.0), "not valid yet"),
    "never expires": (lambda: token(exp=None), "no claim 'exp'"),
    "of nobody": (lambda: token(sub=None), "no claim 'sub'"),
    "of an empty subject": (lambda: token(sub=""), "not one of 1 to"),
    "of a long subject": (lambda: token(sub="a" * (MAX_SUBJECT + 1)), "not one of 1 to"),
    "of a subject that does not print": (lambda: token(sub="ada\x07"), "that print"),
    "for another audience": (lambda: token(aud="elsewhere"), "not for 'tickroom'"),
    "for no audience": (lambda: token(aud=None), "no claim 'aud'"),
    "by another issuer": (lambda: token(iss="https://evil.example"), "not by 'https://id"),
    "by no issuer": (lambda: token(iss=None), "no claim 'iss'"),
    "with another secret": (lambda: token(key="x" * 40), "not signed with a key"),
    "with another algorithm": (lambda: token("RS256"), "not signed with HS256"),
    "with none": (lambda: f"{part({'alg': 'none'})}.{part({'sub': 'ada'})}.", "not signed with HS256"),
    "without a signature": (lambda: token().rpartition(".")[0] + ".", "not signed with a key"),
    "with another's claims": (
        lambda: ".".join((token().split(".")[0], part({"sub": "eve"}), token().split(".")[2])),
        "not signed with a key",
    ),
    "of a key that is no id": (lambda: f"{part({'alg': 'HS256', 'kid': 7})}.e30.e30", "cannot be read"),
    "of no form": (lambda: "a.b", "cannot be read"),
    "empty": (lambda: "", "cannot be read"),
    "deep": (
        lambda: f"{base64.urlsafe_b64encode(b'[' * 5_000).decode()}.e30.e30",
        "cannot be read",
    ),
    "huge": (lambda: token(more="x" * MAX_TOKEN), "longer than"),
}


@pytest.mark.parametrize("name", list(BAD))
def test_every_bad_token_is_refused_with_its_reason(name: str) -> None:
    """Nothing but a good token seats anybody, and its owner is told what is wrong with it."""
    make, sentence = BAD[name]
    assert sentence in refusal(TokenAccounts(section()), make())


@pytest.mark.parametrize(("configured", "pem"), [("RS256", RSA_PEM), ("EdDSA", ED_PEM)])
def test_a_public_key_is_no_secret(configured: str, pem: str) -> None:
    """A token that takes the public key for an HS256 secret is refused: the algorithm is the server's to say."""
    import hmac

    signed = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part({'sub': 'ada', 'iss': ISSUER, 'aud': AUDIENCE, 'exp': 9e9})}"
    signature = (
        base64.urlsafe_b64encode(hmac.digest(pem.encode(), signed.encode(), "sha256")).rstrip(b"=").decode()
    )
    assert f"not signed with {configured}" in refusal(
        TokenAccounts(section(configured)), f"{signed}.{signature}"
    )


def test_clocks_may_differ_a_little() -> None:
    """A token that expired a few seconds ago by this server's clock is taken."""
    accounts = TokenAccounts(section())
    assert (
        accounts.account_of(token(exp=time.time() - LEEWAY / 2, nbf=time.time() + LEEWAY / 2)).subject
        == "ada"
    )


@given(
    st.one_of(st.text(), st.lists(st.text(), min_size=3, max_size=3).map(".".join)), st.binary(max_size=60)
)
def test_only_refusals_come_of_any_text(text: str, payload: bytes) -> None:
    """Whatever is sent, signed or not: an account or AccountRefused, nothing else."""
    accounts = TokenAccounts(section())
    forged = jwt.api_jws.encode(payload, SECRET, "HS256")
    for given_text in (text, forged, f"{part({'alg': 'HS256', 'kid': text})}.{text}.{text}"):
        with suppress(AccountRefused):
            accounts.account_of(given_text)


@pytest.mark.parametrize("exp", [float("inf"), 1e400, -1, "soon", [], 2**70])
def test_any_expiry_is_read_or_refused(exp: object) -> None:
    """Numbers that no clock shows do not break the server, though the provider signed them."""
    with suppress(AccountRefused):
        TokenAccounts(section()).account_of(token(exp=exp))


# Keys ----------------------------------------------------------------------------------------------------------------


def key_set(**keys: Any) -> str:
    """A JWKS of public keys by their ids."""
    described = []
    for key_id, key in keys.items():
        algorithm = RSAAlgorithm if isinstance(key, RSAPrivateKey) else OKPAlgorithm
        described.append({**json.loads(algorithm.to_jwk(key.public_key())), "kid": key_id})
    return json.dumps({"keys": [*described, {"kty": "EC", "kid": "of another kind", "crv": "P-999"}]})


def test_keys_of_a_set_are_found_by_their_ids(tmp_path: Path) -> None:
    """Of several keys the one that the token names; another id, or none where there are several, is refused."""
    file = tmp_path / "keys.json"
    other = Ed25519PrivateKey.generate()
    file.write_text(key_set(old=other, new=ED))
    accounts = TokenAccounts(section("EdDSA", key_file=str(file)))
    assert accounts.account_of(token("EdDSA", headers={"kid": "new"})).subject == "ada"
    assert accounts.account_of(token("EdDSA", other, headers={"kid": "old"})).subject == "ada"
    for headers in ({"kid": "old"}, {"kid": "gone"}, None):
        assert "not signed with a key" in refusal(accounts, token("EdDSA", headers=headers))


@pytest.mark.parametrize("end", [{"use": "enc"}, {"key_ops": ["encrypt", "wrapKey"]}])
def test_keys_for_other_ends_sign_nothing(tmp_path: Path, end: dict[str, Any]) -> None:
    """What a set says to be for encryption is not taken for signatures; the same key, said to be for them, is."""
    file = tmp_path / "keys.json"
    other = json.loads(key_set(other=Ed25519PrivateKey.generate()))["keys"]
    (mine,) = json.loads(key_set(mine=ED))["keys"][:1]
    given = token("EdDSA", headers={"kid": "mine"})
    file.write_text(json.dumps({"keys": [{**mine, **end}, *other]}))
    assert "not signed with a key" in refusal(TokenAccounts(section("EdDSA", key_file=str(file))), given)
    file.write_text(json.dumps({"keys": [{**mine, "use": "sig", "key_ops": ["verify"]}, *other]}))
    assert TokenAccounts(section("EdDSA", key_file=str(file))).account_of(given).subject == "ada"


def test_a_changed_key_file_is_read_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The provider rotates its keys while the server runs; a file that is wrong for a moment changes nothing."""
    file = tmp_path / "keys.json"
    rotated = generate_private_key(65_537, 2_048)
    file.write_text(key_set(first=RSA))
    accounts = TokenAccounts(section("RS256", key_file=str(file)))
    after = token("RS256", rotated, headers={"kid": "second"})
    assert "not signed with a key" in refusal(accounts, after)
    file.write_text("{half a fi")
    assert accounts.account_of(token("RS256", headers={"kid": "first"})).subject == "ada"
    file.write_text(key_set(first=RSA, second=rotated))
    assert accounts.account_of(after).subject == "ada"


WEAK = generate_private_key(65_537, 1_024)
WRONG: dict[str, tuple[dict[str, str], str]] = {
    "no issuer": ({"algorithm": "HS256", "key": SECRET, "audience": AUDIENCE}, "accounts.issuer"),
    "no audience": ({"algorithm": "HS256", "key": SECRET, "issuer": ISSUER}, "accounts.audience"),
    "no key": ({"algorithm": "HS256"}, "exactly one of them"),
    "two keys": ({"algorithm": "HS256", "key": SECRET, "key_file": "k"}, "exactly one of them"),
    "a short secret": ({"algorithm": "HS256", "key": "x" * 31}, "at least 32 bytes"),
    "a public key for a secret": ({"algorithm": "HS256", "key": RSA_PEM}, "at least 32 bytes"),
    "a secret for a public key": ({"algorithm": "RS256", "key": SECRET}, "an RSA public key"),
    "a key of another kind": ({"algorithm": "RS256", "key": ED_PEM}, "an RSA public key"),
    "a private key": (
        {
            "algorithm": "EdDSA",
            "key": ED.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        },
        "public key",
    ),
    "a short key": (
        {
            "algorithm": "RS256",
            "key": WEAK.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        },
        "at least 2048 bits",
    ),
    "no such file": ({"algorithm": "EdDSA", "key_file": "/no/such/file"}, "No such file"),
    "a set of nothing": ({"algorithm": "EdDSA", "key": '{"keys": []}'}, "no key for EdDSA"),
    "a set that is none": ({"algorithm": "EdDSA", "key": '{"keys": 5}'}, "no key for EdDSA"),
}


@pytest.mark.parametrize("name", list(WRONG))
def test_wrong_settings_are_said_at_the_start(name: str) -> None:
    """With the setting's name and what is allowed; a secret is not shown."""
    settings, sentence = WRONG[name]
    if "issuer" not in settings and "audience" not in settings:
        settings = {**settings, "issuer": ISSUER, "audience": AUDIENCE}
    toml = "[accounts]\n" + "".join(f"{key} = {toml_value(value)}\n" for key, value in settings.items())
    with pytest.raises(ConfigError, match=sentence.replace("[", r"\[")) as error:
        accounts_of(parse(toml, "test.toml"))
    assert SECRET not in str(error.value)


def test_accounts_that_are_needed_have_to_be_set_up() -> None:
    """A server that nobody can join does not start."""
    with pytest.raises(ConfigError, match=r"auth\.require_account"):
        accounts_of(parse("[auth]\nrequire_account = true\n", "test.toml"))
    assert accounts_of(parse("", "test.toml")) is None


# At the door ---------------------------------------------------------------------------------------------------------

TOML = f"""
[accounts]
algorithm = "HS256"
key = {toml_value(SECRET)}
issuer = "{ISSUER}"
audience = "{AUDIENCE}"
"""


def join(kit: Kit, room: str, given: str | None = None, **body: str) -> httpx.Response:
    """Join with the token of an account."""
    headers = {} if given is None else {"Authorization": f"Bearer {given}"}
    return kit.request("POST", f"/join/{room}", json=body, headers=headers)


def test_who_joins_with_a_token_has_its_account() -> None:
    """The seat knows the account, others do not; guests may come too, and have none."""
    kit = make_kit(toml=TOML)
    room = kit.create(game="walk")
    ada = join(kit, room, token(), username="Ada").json()
    assert join(kit, room, username="Ben").status_code == 200
    players = kit.request(
        "GET", f"/rooms/{room}/players", headers={"Authorization": f"Bearer {ADMIN}"}
    ).json()
    assert [(each["name"], each["account"]) for each in players["players"]] == [("Ada", "ada"), ("Ben", "")]
    assert "ada" not in (ada["player_id"], ada["token"])


def test_where_accounts_are_needed_nobody_joins_without() -> None:
    """No token, a bad one, another scheme: 401 with the reason; the admin may seat guests all the same."""
    kit = make_kit(toml=TOML + "[auth]\nrequire_account = true\n")
    room = kit.create(game="walk")
    assert_problem(join(kit, room, username="Eve"), 401, "needs an account")
    assert_problem(join(kit, room, token(exp=1), username="Eve"), 401, "has expired")
    basic = kit.request("POST", f"/join/{room}", json={}, headers={"Authorization": "Basic YTpi"})
    assert_problem(basic, 401, "needs an account")
    assert basic.headers["www-authenticate"] == "Bearer"
    assert join(kit, room, token(), username="Ada").status_code == 200
    assert join(kit, room, ADMIN, username="Bot").status_code == 200


def test_a_server_without_accounts_says_so() -> None:
    """A token that nobody can read is not passed over in silence."""
    kit = make_kit()
    assert_problem(join(kit, kit.create(game="walk"), token(), username="Ada"), 401, "has no accounts")


def test_an_account_has_one_seat_in_a_room() -> None:
    """Joining again is the same seat with another token, under the name that it has; the first connection is replaced."""
    kit = make_kit(toml=TOML)
    room = kit.create(game="walk")
    first = join(kit, room, token(), username="Ada").json()
    session, recorder = kit.connect(room, first["token"])
    second = join(kit, room, token(), username="Somebody else").json()
    assert (second["player"], second["player_id"], second["name"]) == (0, first["player_id"], "Ada")
    kit.connect(room, second["token"])
    kit.turn(50.0)
    assert recorder.closed is not None and recorder.closed[0] == 4007
    assert len(kit.rooms.entry(room).room.seats) == 1 and session.seat is not None


def test_a_claim_may_fix_the_name() -> None:
    """Then it is the name, whatever is asked for; one that is no name here is refused."""
    kit = make_kit(toml=TOML + 'name_claim = "preferred_username"\n')
    room = kit.create(game="walk")
    assert join(kit, room, token(preferred_username="Ada L."), username="Root").json()["name"] == "Ada L."
    assert_problem(join(kit, room, token(sub="eve")), 401, "no name in its claim")
    assert_problem(join(kit, room, token(sub="eve", preferred_username=5)), 401, "no name in its claim")
    assert_problem(join(kit, room, token(sub="eve", preferred_username="x" * 99)), 422, "characters")


def test_a_banned_account_stays_out_under_any_name() -> None:
    """From another address, with another name and another player id."""
    kit = make_kit(toml=TOML)
    room = kit.create(game="walk")
    join(kit, room, token(), username="Ada")
    admin = {"Authorization": f"Bearer {ADMIN}"}
    assert kit.request("POST", f"/rooms/{room}/players/0/ban", json={}, headers=admin).status_code == 204
    assert_problem(join(kit, room, token(), username="Eva"), 403, "banned")
    assert join(kit, room, token(sub="ben"), username="Ben").status_code == 200
    assert kit.request("DELETE", f"/rooms/{room}/bans/1", headers=admin).status_code == 204
    assert join(kit, room, token(), username="Eva").status_code == 200


def test_the_admin_revokes_a_session() -> None:
    """Whoever has the token is cut off and opens nothing with it; the player may join again."""
    kit = make_kit()
    room = kit.create(game="walk")
    _, recorder = kit.play(room, "Ada")
    admin = {"Authorization": f"Bearer {ADMIN}"}
    body = {"reason": "Your token was seen elsewhere."}
    assert kit.request("POST", f"/rooms/{room}/players/0/revoke", json=body, headers=admin).status_code == 204
    kit.turn(50.0)
    assert recorder.closed == (4004, "Your token was seen elsewhere.")
    assert kit.request("GET", f"/rooms/{room}").json()["players"] == 0
    assert join(kit, room, username="Ada").status_code == 200
