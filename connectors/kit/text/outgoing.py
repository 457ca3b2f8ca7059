"""Our text into a partner's bytes, exactly: what the partner's set does not have is refused by place and code point.

A field whose rule allows substitutes is first shown by `substitution`; a partner that takes ～ and 〜 for one, by `twins`.
"""

from __future__ import annotations

from connectors.kit.text.characters import characters, named, position
from connectors.kit.text.charset import CharacterSet, write
from connectors.kit.text.gaiji import NO_GAIJI, Gaiji
from connectors.kit.text.losses import refuse_losses
from hub.codes import kit
from hub.errors import Refused


def encode(text: str, charset: CharacterSet, place: str, gaiji: Gaiji = NO_GAIJI) -> bytes:
    """The bytes that `decode` with the same set and table turns into `text` again.

    Raises `Refused` UNENCODABLE, LOST or GAIJI_UNKNOWN.
    """
    refuse_losses(text, place)
    shown = gaiji.outgoing(text, place)
    data = write(shown, charset)
    if isinstance(data, int):
        # The table gives one character for one, so the same number names the character as it was.
        number = position(shown, data)
        raise Refused(kit.UNENCODABLE, place=place, position=number, point=named(characters(text)[number - 1]))
    return data
