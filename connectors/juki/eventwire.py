"""An event as JSON: how the simulated 住記 speaks to its connector. Strict both ways: what comes in is what went out.

The language is the simulator's own; a real 住記 has an interface of its own, which a later connector reads instead.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any

from connectors.juki.event import Event


def encode(event: Event) -> dict[str, Any]:
    """Objects for values, names for enums, ISO 8601 for times and days."""
    made = _encode(event)
    if not isinstance(made, dict):
        raise TypeError("an event is an object")
    return made


def decode(data: Mapping[str, Any]) -> Event:
    """The inverse. Raises `ValueError` for anything that `encode` does not write."""
    try:
        event = _decode(Event, data)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError("not an event") from error
    if not isinstance(event, Event) or encode(event) != data:
        raise ValueError("not an event")
    return event


def _encode(value: object) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _encode(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, date):  # and datetime, which is one
        return value.isoformat()
    if isinstance(value, tuple):
        return [_encode(one) for one in value]
    return value


def _decode(kind: Any, data: Any) -> object:
    if isinstance(kind, types.UnionType):
        if data is None:
            return None
        (kind,) = (one for one in typing.get_args(kind) if one is not types.NoneType)
    if is_dataclass(kind) and isinstance(kind, type):
        return kind(**{name: _decode(part, data[name]) for name, part in _parts(kind).items()})
    if typing.get_origin(kind) is tuple:
        return tuple(_decode(part, one) for part, one in zip(typing.get_args(kind), data, strict=True))
    if kind in (date, datetime):
        return kind.fromisoformat(data)
    if issubclass(kind, Enum):
        return kind[data]
    if type(data) is not kind:
        raise ValueError("not the type of its field")
    return data


@cache
def _parts(kind: type) -> Mapping[str, Any]:
    return typing.get_type_hints(kind)
