"""What the certificate server reads: JSON in UTF-8. A record out of CV-UPD or CV-CERT, and a request of the 証明書交付センター (D3).

    {"certificate": "INKAN", "edition": 3, "suppressed": false, "items": {"氏名": "…", "印鑑登録証明情報/登録年月日": "…"}}
    {"number": "…", "at": "…", "certificate": "INKAN", "serial": "…", "shop": "…"}

The forms are ours: those of the real server and of the centre are not public. Whoever asks is known by the serial of the
利用者証明用電子証明書 alone, which the centre has verified; no number of the ward is in a request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Final

from lxml import etree

from connectors.kit.flat import flat

RESIDENCE: Final = "JUUMINHYOU"  # 住民票の写し; the other kinds are those of 証明書種別
SERIAL: Final = "利用者証明用電子証明書シリアル番号"
_NAMES: Final = ("氏名", "氏名漢字", "氏名アルファベット")


@dataclass(frozen=True, slots=True)
class Record:
    """One source of certificates: which certificate, its 版, whether it may be issued, and every item of the message.

    `suppressed` is true unless 抑止フラグ says 0: a record without the flag issues nothing.
    """

    certificate: str
    edition: int
    suppressed: bool
    items: Mapping[str, str] = field(repr=False)

    def encode(self) -> bytes:
        return _encoded({**_members(self), "items": dict(self.items)})

    @classmethod
    def decode(cls, data: bytes) -> Record:
        """Raises `ValueError` for anything that `encode` does not write."""
        match json.loads(data):
            case {
                "certificate": str(certificate),
                "edition": int(edition),
                "suppressed": bool(suppressed),
                "items": dict(items),
                **more,
            } if not more and all(isinstance(text, str) for text in items.values()):
                return cls(certificate, edition, suppressed, items)
            case _:
                raise ValueError("no record")

    @property
    def number(self) -> str:
        """宛名番号; "" in what 戸籍 tells."""
        return self.items.get("宛名番号", "")

    @property
    def name(self) -> str:
        """The name of the record: 漢字 where there is one."""
        return next((self.items[one] for one in _NAMES if self.items.get(one)), "")

    @property
    def birth(self) -> str:
        """生年月日, YYYYMMDD with 00 for what is unknown."""
        return self.items.get("生年月日", "")


def record_of(payload: etree._Element) -> Record:
    """The record of a 証明書元情報 or 証明書情報: every item, none changed. Raises `ValueError` when one stands twice."""
    items = flat(payload)
    return Record(
        certificate=items.get("証明書種別", RESIDENCE),
        edition=int(items.get("版", "0")),
        suppressed=items.get("抑止フラグ") != "0",
        items=items,
    )


@dataclass(frozen=True, slots=True)
class Request:
    """What the centre asks: 要求番号, when (ISO 8601), which certificate, for whose card, from which shop."""

    number: str
    at: str
    certificate: str
    serial: str
    shop: str

    def encode(self) -> bytes:
        return _encoded(asdict(self))

    @classmethod
    def decode(cls, data: bytes) -> Request:
        """Raises `ValueError` for anything that `encode` does not write."""
        said = json.loads(data)
        if not isinstance(said, dict) or not all(isinstance(text, str) for text in said.values()):
            raise ValueError("no request")
        try:
            return cls(**said)
        except TypeError:
            raise ValueError("no request") from None


def _members(record: Record) -> Mapping[str, object]:
    return {"certificate": record.certificate, "edition": record.edition, "suppressed": record.suppressed}


def _encoded(members: Mapping[str, object]) -> bytes:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
