"""connectors.kit.languages.frames: what is no request does nothing."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from connectors.kit.desk import Desk, Plain
from connectors.kit.languages import frames
from connectors.kit.ledger import Ledger

EFFECT = {
    "message": "m1",
    "type": "CV-UPD",
    "sha256": "9a7b3d4c0ee1e5e1e0e4fcd8ee0ae4cb6bf7c1a0a5f0b9f2f0e3b0c4d5e6f708",
    "content": base64.b64encode(b"<x/>").decode(),
}


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"request": "effect", "effects": [{}]},
        {"request": "effect", "effects": [EFFECT]},  # another digest than that of the content
        {"request": "effect", "effects": [EFFECT | {"content": "!"}]},
        {"request": "feed", "name": "day", "after": "", "limit": 0},
        {"request": "feed", "name": "day", "after": "", "limit": 5},
    ],
)
def test_refuses_what_is_no_request(tmp_path: Path, request_: dict[str, Any]) -> None:
    """Anything against the contract does nothing."""
    with Ledger(tmp_path / "x.jsonl") as ledger, pytest.raises(ValueError, match=r".+"):
        frames.answer(Desk(Plain(), ledger), request_)

    assert (tmp_path / "x.jsonl").read_bytes() == b""
