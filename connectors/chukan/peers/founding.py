"""What is handed over to the 中間サーバー before the day: the network's key and its signed list (S13), and each body's own key (S2).

In a simulation the keys come out of the seed, the same in every process; whoever knows the seed has them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connectors.chukan.allowed import HOUSEHOLD, AllowedEnquiries
from connectors.chukan.trust import LIST, REGISTERED, Trust, remember
from connectors.juki.full import nws
from connectors.kit import signed

#: The 照会許可用照合リスト of the synthetic town: it has the affairs of the full day.
ALLOWED: Final = AllowedEnquiries(
    date(2026, 4, 1),
    MappingProxyType(
        {
            HOUSEHOLD: frozenset(
                {
                    "児童扶養手当の支給に関する事務",
                    "生活保護の決定及び実施に関する事務",
                    "健康保険の被扶養者の認定に関する事務",
                    "住宅の使用料の減免に関する事務",
                    "職業訓練受講給付金の支給に関する事務",
                }
            )
        }
    ),
)


def network_key(seed: int) -> Ed25519PrivateKey:
    """With which the 情報提供ネットワークシステム signs 提供許可証 and list."""
    return _key(f"nws/signing/{seed}")


def body_key(seed: int, body: str) -> Ed25519PrivateKey:
    """With which a 情報照会者 signs its 提供の求め."""
    return _key(f"shoukai/signing/{seed}/{body}")


def _key(label: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(label.encode()).digest())


def trust(folder: Path, seed: int, *, begun: bool) -> Trust:
    """What is registered in `folder`; handed over now if there is no such folder and no ledger has begun.

    Raises `Misconfigured` HUB-KIT-056 like `Trust.read`: what was changed or taken away later is never made anew.
    """
    if not begun and not folder.exists():
        _found(folder, seed)
    return Trust.read(folder)


def _found(folder: Path, seed: int) -> None:
    """All of it or nothing, so that a kill leaves no half of it."""
    draft = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    key = network_key(seed)
    bodies = {body: signed.public(body_key(seed, body)) for body in nws.BODIES}
    registered = {"network": signed.public(key), "bodies": bodies}
    (draft / REGISTERED).write_text(json.dumps(registered, ensure_ascii=False, indent=1) + "\n", "utf-8")
    (draft / LIST).write_text(ALLOWED.written(key), "utf-8")
    remember(draft, ALLOWED.version)
    draft.rename(folder)
