"""Conversions between a partner's characters, dates and codes and the signed UTF-8 text, which nobody ever normalises.

In: `decode` (strict, 外字 by table). Out: `encode` (exact), or `substitute` first where the field's rule allows 代替文字. Days: `days`
(what payloads write) and `wareki` (what partners write). Coded fields: `coded`. docs/characters.md tells what is refused and why.
"""

from connectors.kit.text.charset import CharacterSet
from connectors.kit.text.gaiji import NO_GAIJI, Gaiji, read_gaiji
from connectors.kit.text.incoming import decode
from connectors.kit.text.outgoing import encode
from connectors.kit.text.substitution import Substitution, result, substitute

__all__ = [
    "NO_GAIJI",
    "CharacterSet",
    "Gaiji",
    "Substitution",
    "decode",
    "encode",
    "read_gaiji",
    "result",
    "substitute",
]
