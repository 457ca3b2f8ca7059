"""One tree of errors, each carrying a stable numbered code (docs/errors.md).

Four moods, four branches: `Refused` is the sender's fault and is never retried; `Held` waits for a person; `Unavailable`
is ours or a partner's and is retried with bounded back-off; `IntegrityError` means that the log, a key or the clock is
inconsistent, and the process stops. `Misconfigured` and `HomeInUse` end a command before it starts.
The facts of an error name places, rules and shapes, never a value taken from a message (design promise 8).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final, Literal, Self

Language = Literal["ja", "en"]
Fact = str | int

_PLACE: Final = re.compile(r"\{([a-z_]+)\}")
# What a sentence can do without: a parenthesis that holds a fact, and all behind a colon that introduces one.
_ASIDE: Final = re.compile(r" ?\([^()]*\{[^()]*\)")
_TAIL: Final = re.compile(r"^(?!\{\w+\}: )(.*?[^: ]): (?:(?!: ).)*\{.*?(\.?)$")


class Words(str):
    """One statement in the two languages: a fact that is a sentence of ours and no name. As plain text it shows both."""

    __slots__ = ("en", "ja")
    ja: str
    en: str

    def __new__(cls, ja: str, en: str) -> Self:
        self = super().__new__(cls, f"{ja} / {en}")
        self.ja, self.en = ja, en
        return self

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]  # a plain str is made of one
        return (self.ja, self.en)


@dataclass(frozen=True, slots=True)
class Code:
    """A stable code `HUB-<AREA>-<NNN>` with its text and remedy in Japanese and English.

    Texts are `str.format` templates; the names in braces are the facts that the raising line must supply.
    """

    id: str
    ja: str
    en: str
    remedy_ja: str
    remedy_en: str

    def text(self, facts: Mapping[str, Fact], lang: Language = "ja") -> str:
        """The sentence for a person; a missing fact shows as `?`, for an error must never raise another."""
        said = {name: _said(fact, lang) for name, fact in facts.items()}
        return (self.ja if lang == "ja" else self.en).format_map(_Lenient(said))

    def told(self, facts: Mapping[str, Fact], lang: Language = "ja") -> str:
        """The sentence for whoever has no more than the code and perhaps its facts: without any when one is missing."""
        sentence = self.ja if lang == "ja" else self.en
        if facts.keys() >= set(_PLACE.findall(sentence)):
            return self.text(facts, lang)
        return _PLACE.sub("…", _TAIL.sub(r"\1\2", _ASIDE.sub("", sentence)))


def _said(fact: Fact, lang: Language) -> Fact:
    if isinstance(fact, Words):
        return fact.ja if lang == "ja" else fact.en
    return fact


class _Lenient(dict[str, Fact]):
    def __missing__(self, key: str) -> str:
        return "?"


class HubError(Exception):
    """The root: everything the hub raises on purpose. `exit_code` is what a command ends with (design section 5)."""

    exit_code: ClassVar[int] = 1

    def __init__(self, code: Code, **facts: Fact) -> None:
        super().__init__(code.id)
        self.code = code
        self.facts: Mapping[str, Fact] = MappingProxyType(dict(facts))

    def text(self, lang: Language = "ja") -> str:
        """The sentence for a person, without the code."""
        return self.code.text(self.facts, lang)

    def __str__(self) -> str:
        return f"{self.code.id} {self.text('ja')}"


class Misconfigured(HubError):
    """Usage or configuration is wrong; nothing was started."""

    exit_code = 2


class Refused(HubError):
    """The sender's fault; recorded with its code, never retried."""

    exit_code = 3


class Held(HubError):
    """A person must decide before this goes on."""

    exit_code = 3


class IntegrityError(HubError):
    """The log, a key or the clock is inconsistent: latch and stop. Nothing below `app.py` catches this."""

    exit_code = 4


class Unavailable(HubError):
    """Ours or a partner's trouble; retried with bounded back-off."""

    exit_code = 5


class HomeInUse(HubError):
    """Another process owns this home."""

    exit_code = 6


class Faults(Misconfigured):
    """Several faults found in one reading, so that an author mends them all at once."""

    def __init__(self, faults: tuple[HubError, ...]) -> None:
        if not faults:
            raise ValueError("Faults needs at least one fault")
        super().__init__(faults[0].code, **faults[0].facts)
        self.faults = faults

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)
