"""The atoms of the text formats, each with one spelling only: base64 (RFC 4648 section 4), decimals, UTC times, dates."""

from __future__ import annotations

import re
from binascii import a2b_base64, b2a_base64
from datetime import UTC, datetime

from hub.exchangelog.canonical import MAX_INTEGER

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")


def base64_text(data: bytes) -> str:
    """Standard alphabet, padded, one line."""
    return b2a_base64(data, newline=False).decode("ascii")


def base64_bytes(text: str, size: int | None = None) -> bytes:
    """The bytes that `base64_text` writes as `text`; raises `ValueError` for any other spelling or another size."""
    data = a2b_base64(text.encode("ascii"), strict_mode=True)
    if base64_text(data) != text:  # a2b_base64 ignores the unused low bits of the last character
        raise ValueError("base64 is not in its one form")
    if size is not None and len(data) != size:
        raise ValueError("wrong number of bytes")
    return data


def decimal(text: str) -> int:
    """A natural number of at most 2^53 - 1 in ASCII digits without leading zeroes; raises `ValueError` otherwise."""
    if not _DECIMAL.fullmatch(text) or int(text) > MAX_INTEGER:
        raise ValueError("not a plain decimal")
    return int(text)


def time_text(time: datetime) -> str:
    """`YYYY-MM-DDThh:mm:ss.sssZ`; raises `ValueError` unless the time is aware, in UTC and on a millisecond."""
    if time.tzinfo is not UTC or time.microsecond % 1000:
        raise ValueError("not a UTC time on a millisecond")
    return time.isoformat(timespec="milliseconds")[:-6] + "Z"


def time_value(text: str) -> datetime:
    """The time that `time_text` writes as `text`; raises `ValueError` for any other spelling."""
    if not _TIME.fullmatch(text):
        raise ValueError("not a UTC time with milliseconds")
    return datetime.fromisoformat(text[:-1]).replace(tzinfo=UTC)
