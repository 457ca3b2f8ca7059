"""What a LGWAN接続端末 holds for a moment: filings between their arrival and their use, in memory alone, erased after use (S27, L1699).

A restart finds it empty, and so does a cursor that comes again: then the filings are fetched once more from where they lie.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.shinsei.filing import Items, decode
from connectors.shinsei.jpki import Signed


@dataclass(frozen=True, slots=True)
class Collected:
    """One exchange with the サービス検索・電子申請機能: its id, when the filing arrived there, and the filing as signed."""

    exchange: str
    received: datetime
    signed: Signed = field(repr=False)

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Collected:
        """Raises `ValueError` for an event that is none."""
        match event:
            case {"exchange": str(exchange), "received": str(at), "application": str(a), "signature": str(s)}:
                received = datetime.fromisoformat(at)
                if received.tzinfo is None:
                    raise ValueError("a time without offset")
                return cls(exchange, received, Signed(_bytes(a), _bytes(s), _bytes(str(event["certificate"]))))
            case _:
                raise ValueError("no filing")

    def event(self) -> Mapping[str, str]:
        """As it stands on the feed."""
        parts = (self.signed.application, self.signed.signature, self.signed.certificate)
        application, signature, certificate = (base64.b64encode(part).decode("ascii") for part in parts)
        return {
            "exchange": self.exchange,
            "received": self.received.isoformat(),
            "application": application,
            "signature": signature,
            "certificate": certificate,
        }

    def content(self) -> bytes:
        """All of it, as one effect."""
        return json.dumps(dict(self.event()), sort_keys=True).encode("ascii")

    @property
    def digest(self) -> str:
        """SHA-256 of `content`, hex."""
        return hashlib.sha256(self.content()).hexdigest()

    @property
    def items(self) -> Items:
        """Raises `connectors.shinsei.filing.FormError`."""
        return decode(self.signed.application)


class Tray:
    """Filings by their exchange. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, Collected] = {}
        self._missed = False

    def __len__(self) -> int:
        return len(self._held)

    def put(self, one: Collected) -> None:
        with self._lock:
            self._held[one.exchange] = one

    def get(self, exchange: str) -> Collected | None:
        """None when it is not here; `missed` then says that somebody wanted it."""
        with self._lock:
            found = self._held.get(exchange)
            self._missed |= found is None
            return found

    def erase(self, exchanges: Iterable[str]) -> None:
        """使用の都度速やかに完全消去する."""
        with self._lock:
            for exchange in exchanges:
                self._held.pop(exchange, None)

    def missed(self) -> bool:
        """Whether something was wanted that was not here, since the last call."""
        with self._lock:
            missed, self._missed = self._missed, False
            return missed


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("no base64") from None
