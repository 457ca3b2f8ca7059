"""団体内統合宛名番号: assigned one to one to 宛名番号 by a keyed permutation of 15 digits, so no two persons share one.

A permutation needs no table and gives the same number after every restart. A real 共通機能 assigns in its own way.
"""

from __future__ import annotations

import hashlib
import hmac

_LEFT, _RIGHT = 10**7, 10**8
_ROUNDS = 8


def assigned(key: bytes, atena: str) -> str:
    """The 15-digit number of a 宛名番号 of at most 15 digits. Raises `ValueError` for anything else."""
    if not (atena.isascii() and atena.isdigit() and len(atena) <= 15):
        raise ValueError("not a 宛名番号")
    left, right = divmod(int(atena), _RIGHT)
    for number in range(_ROUNDS):  # an unbalanced Feistel network over two moduli
        if number % 2:
            right = (right + _mix(key, number, left)) % _RIGHT
        else:
            left = (left + _mix(key, number, right)) % _LEFT
    return f"{left * _RIGHT + right:015d}"


def _mix(key: bytes, number: int, half: int) -> int:
    return int.from_bytes(hmac.digest(key, f"{number}/{half}".encode(), hashlib.sha256)[:8], "big")
