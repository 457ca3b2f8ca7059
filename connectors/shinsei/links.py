"""番号紐付情報 at the 申請管理システム (E3): which certificate is whose, as keyed tokens (L213)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from connectors.kit.domain import LINK_NOT_FOUND, SERIAL_OF_ANOTHER
from connectors.kit.ledger import Tokens

LINKED: Final = "1"
ENDED: Final = "9"
SERIAL: Final = "署名用電子証明書シリアル番号"


class Links:
    """Serial -> person. `known` are (serial, 宛名番号) that were linked before this day."""

    def __init__(self, tokens: Tokens, known: Iterable[tuple[str, str]] = ()) -> None:
        self._tokens = tokens
        self._persons = {self.serial(serial): self.person(atena) for serial, atena in known}

    def serial(self, text: str) -> str:
        """The token of a serial."""
        return self._tokens.of("serial", text)

    def person(self, atena: str) -> str:
        """The token of a 宛名番号."""
        return self._tokens.of("person", atena)

    def facts(self, said: Mapping[str, str]) -> Mapping[str, str]:
        """What a ledger line remembers of a 番号紐付情報. Raises `ValueError` for something else."""
        kind = said.get("紐付区分")
        if kind not in (LINKED, ENDED) or not said.get(SERIAL) or not said.get("宛名番号"):
            raise ValueError("no 番号紐付情報")
        return {"link": kind, "serial": self.serial(said[SERIAL]), "person": self.person(said["宛名番号"])}

    def refusal(self, facts: Mapping[str, str]) -> str:
        """The domain code under which it is rejected, or ""."""
        holder = self._persons.get(facts["serial"])
        if facts["link"] == LINKED:
            return "" if holder in (None, facts["person"]) else SERIAL_OF_ANOTHER
        return "" if holder == facts["person"] else LINK_NOT_FOUND

    def take(self, facts: Mapping[str, str]) -> None:
        """A 番号紐付情報 that was not rejected."""
        if facts["link"] == LINKED:
            self._persons[facts["serial"]] = facts["person"]
        else:
            self._persons.pop(facts["serial"], None)

    def holder(self, serial: str) -> str | None:
        """The token of the person whose certificate it is."""
        return self._persons.get(self.serial(serial))
