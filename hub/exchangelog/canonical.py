"""Canonical JSON: RFC 8785 (JCS) on a subset that needs no number formatting and no sorting by UTF-16.

The subset: objects with ASCII keys, arrays, strings, integers of at most 2^53 - 1 in magnitude, true, false, null.
No floats, no lone surrogates. tests/unit/test_exchangelog_canonical.py proves equality with an independent RFC 8785 encoder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring
from typing import NoReturn, Union

MAX_INTEGER = 2**53 - 1  # RFC 8785 section 3.2.2.3 and RFC 7493 section 2.2: beyond it a double loses integers
MAX_DEPTH = 16

Value = Union[None, bool, int, str, "Sequence[Value]", "Mapping[str, Value]"]


class NotCanonical(ValueError):
    """The value or the bytes are outside the subset. The text names the rule, never the content."""


def encode(value: Value) -> bytes:
    """The canonical bytes of a value made of `dict`, `list`, `tuple`, `str`, `int`, `bool` and None.

    Raises `NotCanonical` for anything else, subclasses included: an enum or a float here is a mistake, not a format.
    """
    try:
        return _write(value, MAX_DEPTH).encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotCanonical("lone surrogate") from error


def decode(data: bytes) -> Value:
    """The value whose canonical bytes are exactly `data`. Raises `NotCanonical` for any other byte string.

    Duplicate keys, white space, another order, other escapes, `-0` and exponents all fail the comparison at the end.
    """
    try:
        value: Value = json.loads(data.decode("utf-8"), parse_float=_float, parse_constant=_float)
    except NotCanonical:
        raise
    except (ValueError, RecursionError) as error:
        raise NotCanonical("not JSON in UTF-8") from error
    if encode(value) != data:
        raise NotCanonical("not in canonical form")
    return value


def _float(_: str) -> NoReturn:
    raise NotCanonical("floating point")


def _write(value: object, depth: int) -> str:
    kind = type(value)
    if isinstance(value, str) and kind is str:
        return encode_basestring(value)  # exactly the escapes of RFC 8785 section 3.2.2.2
    if isinstance(value, int) and kind is int and -MAX_INTEGER <= value <= MAX_INTEGER:
        return str(value)
    if value is None or kind is bool:
        return "null" if value is None else "true" if value else "false"
    if depth == 0:
        raise NotCanonical("nested too deeply")
    if isinstance(value, dict) and kind is dict:
        if not all(type(key) is str and key.isascii() for key in value):
            raise NotCanonical("a key is not ASCII text")
        # ASCII keys: the order of code points is that of UTF-16 code units (RFC 8785 section 3.2.3)
        return (
            "{" + ",".join([f"{encode_basestring(key)}:{_write(value[key], depth - 1)}" for key in sorted(value)]) + "}"
        )
    if isinstance(value, list | tuple) and kind in (list, tuple):
        return "[" + ",".join([_write(item, depth - 1) for item in value]) + "]"
    raise NotCanonical(f"outside the subset: {kind.__name__}")
