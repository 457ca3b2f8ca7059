"""The screen of the 中間サーバー: what would be provided for a 照会番号, and its digest (S14, L1115). `python -m connectors.chukan.screen --help`

Whoever releases an enquiry that must not be answered automatically looks here at the values, and in `hub hold show` at what is
held: the same 提供内容ダイジェスト says that it is of these values. It reads the ledger beside the running 中間サーバー and changes
nothing. Numbers are masked as the hub masks them; the digest is over the values themselves.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from connectors.chukan import simulator
from connectors.chukan.enquiries import AND
from connectors.chukan.provision import only
from connectors.kit.ledger import Line, Tokens, peek
from connectors.kit.partner import CONFIRMED
from connectors.kit.screens import masked, nothing_there, run
from connectors.kit.shown import content_digest
from connectors.kit.simulator import Options

_FACTS: Final = {"照会機関": "body", "事務名": "affair", "特定個人情報名コード": "information"}


@dataclass(frozen=True, slots=True)
class Screen:
    """One 提供の求め that was taken, and the values that would be provided for it now."""

    number: str
    permit: str
    facts: Mapping[str, str]
    values: Mapping[str, str] = field(repr=False)

    @property
    def digest(self) -> str:
        return content_digest(self.number, self.permit, self.values)

    def text(self) -> Iterator[str]:
        """Line by line, as it is printed."""
        yield f"照会番号: {self.number}"
        yield f"提供許可証番号: {self.permit}"
        yield from (f"{name}: {self.facts[fact]}" for name, fact in _FACTS.items())
        yield "提供する値:"
        yield from (f"  {name}: {masked(name, text)}" for name, text in self.values.items())
        yield f"提供内容ダイジェスト: {self.digest}"


def find(
    lines: Iterable[Line],
    tokens: Tokens,
    asked: tuple[str, str],
    copies: Mapping[str, Callable[[], Mapping[str, str]]],
) -> Screen:
    """`asked`: 照会番号 and 提供許可証番号. Raises `Misconfigured` HUB-KIT-057 when no such 提供の求め was taken."""
    number, permit = asked
    wanted = {"number": tokens.of("enquiry", number), "permit": tokens.of("permit", permit)}
    for line in lines:
        if line.result == CONFIRMED and wanted.items() <= line.facts.items():
            copy = copies.get(line.facts["person"])
            if copy is None:  # started with the options of another day
                break
            return Screen(number, permit, line.facts, only(copy(), line.facts["items"].split(AND)))
    raise nothing_there()


def show(options: Options, tokens: Tokens, number: str) -> Iterator[str]:
    """What is printed for a 照会番号. Raises as `find` does."""
    copies, permits = simulator.stock(options, tokens)
    lines = peek(options.ledger_dir / f"{simulator.ENDPOINT}.jsonl")
    return find(lines, tokens, (number, permits.get(number, "")), copies).text()


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code."""
    return run("chukan.screen", "照会番号", show, arguments)


if __name__ == "__main__":
    sys.exit(main())
