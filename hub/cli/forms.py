"""The forms of what `hub sign` is told about a message, held before anything is signed: times, message ids, persons.

What a form cannot show (whether what is corrected exists, whether a time is over) the hub judges when the message is submitted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from hub.codes import cli
from hub.errors import Misconfigured

# Those of xsd/exchange/1/envelope.xsd.
_MESSAGE_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_SUBJECT: Final = re.compile(r"[A-Za-z0-9_\-]{22,64}")


def moment(text: str | None, option: str) -> datetime | None:
    """A time that says its zone, for it would else be another one elsewhere. Raises `Misconfigured` HUB-CLI-052."""
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
        if read.tzinfo is None:
            raise Misconfigured(cli.BAD_TIME, option=option)
        return read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Misconfigured(cli.BAD_TIME, option=option) from None


def message_id(text: str | None, option: str) -> str | None:
    """A MessageId as the hub writes it. Raises `Misconfigured` HUB-CLI-053."""
    if text is not None and not _MESSAGE_ID.fullmatch(text):
        raise Misconfigured(cli.BAD_MESSAGE_ID, option=option)
    return text


def subjects(given: Sequence[str], type_: str, *, several: bool) -> tuple[str, ...]:
    """The persons in the order given, each once. Raises `Misconfigured` HUB-CLI-054 or, unless `several`, HUB-CLI-055."""
    if len(set(given)) < len(given) or not all(map(_SUBJECT.fullmatch, given)):
        raise Misconfigured(cli.BAD_SUBJECT)
    if len(given) > 1 and not several:
        raise Misconfigured(cli.ONE_SUBJECT, type=type_[:40])
    return tuple(given)
