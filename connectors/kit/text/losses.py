"""U+FFFD: some earlier conversion lost a character. It is neither taken nor given on."""

from __future__ import annotations

from typing import Final

from connectors.kit.text.characters import named, position
from hub.codes import kit
from hub.errors import Refused

REPLACEMENT: Final = "\ufffd"


def refuse_losses(text: str, place: str, marks: str = REPLACEMENT) -> None:
    """Raises `Refused` LOST at the first of `marks` in `text`."""
    index = next((index for index, point in enumerate(text) if point in marks), None)
    if index is not None:
        raise Refused(kit.LOST, place=place, position=position(text, index), point=named(text[index]))
