"""A partner's bytes into our text: everything or nothing, refused by place and byte, never by content and never replaced."""

from __future__ import annotations

from connectors.kit.text.charset import CharacterSet, Stop, read
from connectors.kit.text.gaiji import NO_GAIJI, Gaiji
from connectors.kit.text.losses import refuse_losses
from hub.codes import kit
from hub.errors import Refused


def decode(data: bytes, charset: CharacterSet, place: str, gaiji: Gaiji = NO_GAIJI) -> str:
    """The text of the field `place`, its user-defined codes as `gaiji` says, in no other way changed.

    cp932 has several codes for some characters, so `encode` may give other bytes; it never gives other text.
    Raises `Refused` UNDECODABLE, LOST or GAIJI_UNKNOWN.
    """
    text = read(data, charset)
    if isinstance(text, Stop):
        # Raised here, where no codec's error hangs on it: that one quotes all it read.
        found = data[text.offset : text.offset + text.size].hex(" ").upper()
        raise Refused(kit.UNDECODABLE, place=place, position=text.offset + 1, found=found)
    refuse_losses(text, place)
    return gaiji.incoming(text, place)
