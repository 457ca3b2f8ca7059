"""団体内統合宛名番号 of the synthetic town: one to one to 宛名番号 by a keyed permutation of 15 digits, so no two persons share one.

A permutation needs no table, gives the same number after every restart, and can be undone. A real 共通機能 assigns in its own way.
"""

from __future__ import annotations

import hashlib
import hmac

_LEFT, _RIGHT = 10**7, 10**8
_ROUNDS = 8


def key_of(seed: int) -> bytes:
    """The key of the numbers of a town: the same town has the same numbers."""
    return hashlib.sha256(f"atena/{seed}".encode()).digest()


def assigned(key: bytes, atena: str) -> str:
    """The 15-digit number of a 宛名番号 of at most 15 digits. Raises `ValueError` for anything else."""
    left, right = _halves(atena)
    for number in range(_ROUNDS):  # an unbalanced Feistel network over two moduli
        if number % 2:
            right = (right + _mix(key, number, left)) % _RIGHT
        else:
            left = (left + _mix(key, number, right)) % _LEFT
    return f"{left * _RIGHT + right:015d}"


def undone(key: bytes, number: str) -> str:
    """The 宛名番号, which has no leading zero here, to which `number` is assigned. Raises `ValueError` for what is no number."""
    left, right = _halves(number)
    for place in reversed(range(_ROUNDS)):
        if place % 2:
            right = (right - _mix(key, place, left)) % _RIGHT
        else:
            left = (left - _mix(key, place, right)) % _LEFT
    return str(left * _RIGHT + right)


def _halves(digits: str) -> tuple[int, int]:
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 15):
        raise ValueError("not a 宛名番号")
    return divmod(int(digits), _RIGHT)


def _mix(key: bytes, number: int, half: int) -> int:
    return int.from_bytes(hmac.digest(key, f"{number}/{half}".encode(), hashlib.sha256)[:8], "big")
