"""A draft for 開示請求 (個人情報保護法76条): which exchanges were about a resident, line by line, some of them to be left out.

Pure. What is left out (78条) is left out of what the resident gets, and stands in the draft with the reason. Two persons sign
the draft as it is, so whoever changes it afterwards begins anew with the signatures.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Final

from hub.codes import cli
from hub.errors import Misconfigured
from hub.exchangelog import canonical
from hub.exchangelog.canonical import Value

FORMAT: Final = "juki-hub/disclosure@v1"
_LONGEST: Final = 200  # characters of a reason


@dataclass(frozen=True, slots=True)
class Line:
    """One exchange: its entry, when (as entries write times), what was decided, between whom, and under which law.

    `items` are those that the row of law lets go; `hidden` says why the resident does not get this line, "" where he does.
    """

    entry: int
    time: str
    kind: str
    sender: str
    recipient: str
    type: str
    law: str
    items: tuple[str, ...] = ()
    code: str = ""
    hidden: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """`asked`: the entry of the search that found these. `salt` (hex) keeps the digest from telling who asked."""

    origin: str
    size: int
    asked: int
    salt: str
    lines: tuple[Line, ...]

    @property
    def hidden(self) -> int:
        """How many lines are left out."""
        return sum(bool(line.hidden) for line in self.lines)

    @property
    def about(self) -> str:
        """What a statement over it says it is about."""
        return f"disclosure:{len(self.lines)}:{self.hidden}"

    @property
    def digest(self) -> str:
        """What persons sign: SHA-256 in hex of the canonical JSON."""
        return hashlib.sha256(canonical.encode(_value(self))).hexdigest()

    def hide(self, places: Collection[int], reason: str) -> Draft:
        """With these lines (from 1) left out for this reason; with "" they are shown again. Raises `Misconfigured` HUB-CLI-074."""
        if not places or not set(places) <= set(range(1, len(self.lines) + 1)) or len(reason) > _LONGEST:
            raise Misconfigured(cli.NO_SUCH_LINE, lines=len(self.lines))
        return replace(
            self,
            lines=tuple(
                replace(line, hidden=reason) if place in places else line
                for place, line in enumerate(self.lines, start=1)
            ),
        )

    def encode(self) -> bytes:
        return (json.dumps(_value(self), ensure_ascii=False, indent=1) + "\n").encode()

    @classmethod
    def decoded(cls, data: bytes) -> Draft:
        """Raises `Misconfigured` HUB-CLI-075 unless `data` is what `encode` writes: a draft is changed by `hide` alone."""
        try:
            value = json.loads(data)
            lines = tuple(Line(**{**one, "items": tuple(one["items"])}) for one in value["lines"])
            draft = cls(value["origin"], value["size"], value["asked"], value["salt"], lines)
            if draft.encode() != data:
                raise ValueError("not in its one form")
        except (ValueError, KeyError, TypeError):
            raise Misconfigured(cli.NO_DRAFT) from None
        return draft


def _value(draft: Draft) -> Mapping[str, Value]:
    lines = [{**asdict(line), "items": list(line.items)} for line in draft.lines]
    return {
        "format": FORMAT,
        "origin": draft.origin,
        "size": draft.size,
        "asked": draft.asked,
        "salt": draft.salt,
        "lines": lines,
    }
