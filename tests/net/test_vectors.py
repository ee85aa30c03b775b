"""The published test vectors are what this server reads and writes."""

import importlib.util
import json
from pathlib import Path

import msgspec
import pytest

from net.codec import JSON, MESSAGEPACK

ROOT = Path(__file__).resolve().parents[2]
VECTORS = json.loads((ROOT / "docs" / "protocol-vectors.json").read_text(encoding="utf-8"))


def test_the_vectors_are_fresh() -> None:
    """docs/protocol-vectors.json is what build/protocol_vectors.py writes now."""
    path = ROOT / "build" / "protocol_vectors.py"
    spec = importlib.util.spec_from_file_location("protocol_vectors", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.text() == (ROOT / "docs" / "protocol-vectors.json").read_text(encoding="utf-8"), (
        f"run {path.name}"
    )


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_each_vector_is_read_and_written(vector: dict[str, str]) -> None:
    """Both encodings of a vector decode to messages that encode to the same bytes again."""
    payload = bytes.fromhex(vector["msgpack_hex"])
    as_json = msgspec.json.encode(vector["message"])
    for codec, encoded in ((MESSAGEPACK, payload), (JSON, as_json)):
        decode = codec.decode_client if vector["direction"] == "client" else codec.decode_server
        assert msgspec.json.decode(JSON.encode(msgspec.json.decode(as_json))) == vector["message"]
        again = codec.encode(decode(encoded))
        assert codec.encode(decode(again)) == again
        if not codec.text:
            assert again == encoded
