"""照会許可用照合リスト: which affair may ask for which information (S13, L1115, L1119). Anything else is refused.

The 情報提供ネットワークシステム makes the list and signs it with its version; the 中間サーバー believes no other (`trust`). The real list
comes out of 番号法別表 and is not public; the one of the synthetic town stands in `peers.founding`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from connectors.kit import signed

HOUSEHOLD: Final = "TM00000000000001"  # 住民票関係情報; the code is invented
_PURPOSE: Final = "nws/照会許可用照合リスト/1"


@dataclass(frozen=True, slots=True)
class AllowedEnquiries:
    """One version of the list; `affairs`: 特定個人情報名コード -> the affairs that may ask for it."""

    version: date
    affairs: Mapping[str, frozenset[str]]

    def names(self, affair: str, information: str) -> bool:
        """Whether the list names the affair for the information."""
        return affair in self.affairs.get(information, frozenset())

    def written(self, key: Ed25519PrivateKey) -> str:
        """The file of the list, signed by the network."""
        affairs = {information: sorted(names) for information, names in self.affairs.items()}
        return signed.written({"version": self.version.isoformat(), "affairs": affairs}, _PURPOSE, key)

    @classmethod
    def read(cls, path: Path, key: Ed25519PublicKey) -> AllowedEnquiries:
        """Raises `Misconfigured` HUB-KIT-056 for a file that the network did not sign, or that holds no list."""
        match signed.read(path, _PURPOSE, key):
            case {"version": str(version), "affairs": dict(affairs), **more} if not more:
                try:
                    named = {str(information): frozenset(map(str, names)) for information, names in affairs.items()}
                    return cls(date.fromisoformat(version), named)
                except (TypeError, ValueError):
                    raise signed.unusable(path, "form") from None
            case _:
                raise signed.unusable(path, "form")
