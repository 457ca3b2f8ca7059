"""`python -m scripts.safeguards_doc > docs/safeguards.md`: what stands behind each safeguard of the 評価書."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hub.yamltext import Strict, parse

FILE = Path(__file__).with_name("safeguards.yaml")
STATES = {"built": "あり", "partly": "一部", "organisational": "組織"}
OPENING = """\
# 安全管理措置 / Safeguards

評価書が約束する措置(S1-S40)と、それぞれを支えるものです。「あり」は仕組みと試験があるもの、「一部」は残りを書いたもの、「組織」は人が答えるものです。
「拒む符号」は、破ろうとしたときに出る符号です([errors.md](errors.md))。何も拒まない措置には、その理由を書いています。

The safeguards that the document promises, and what stands behind each: a control of ours with its tests, a part of one with what is left, or a person who answers
for it. 拒む符号 are the codes ([errors.md](errors.md)) under which whoever tries is refused, or the reason why nothing is refused. This file is generated from
`scripts/safeguards.yaml` by `make docs`; please change that file, not this one.

| | 評価書 | 措置 | 状態 | 支えるもの | 拒む符号 | 試験、又は答える人 | 残り |
|---|---|---|---|---|---|---|---|"""


class Safeguard(Strict):
    """One row; an empty one cannot be written. It has codes or says why it has none, never both."""

    id: Annotated[str, Field(pattern=r"^S[0-9]{1,2}$")]
    place: Annotated[str, Field(min_length=1)]
    what: Annotated[str, Field(min_length=1)]
    state: Literal["built", "partly", "organisational"]
    control: Annotated[str, Field(min_length=1)]
    tests: list[str] = Field(default_factory=list)
    codes: list[Annotated[str, Field(pattern=r"^HUB-[A-Z]{3}-[0-9]{3}$")]] = Field(default_factory=list)
    unrefused: str = ""
    left: str = ""
    confirms: str = ""

    @model_validator(mode="after")
    def _refuses_or_says_why_not(self) -> Self:
        if bool(self.codes) is bool(self.unrefused.strip()):
            raise ValueError("either codes or unrefused")
        if len(set(self.codes)) != len(self.codes):
            raise ValueError("a code stands twice")
        return self


class _Safeguards(Strict):
    format: Literal[1]
    safeguards: list[Safeguard]


def load() -> tuple[Safeguard, ...]:
    """Raises `Faults` for a file of another form."""
    return tuple(parse(_Safeguards, FILE.read_text("utf-8"), FILE.name).safeguards)


def render(rows: tuple[Safeguard, ...]) -> str:
    """The whole page."""
    return "\n".join([OPENING, *_rows(rows), ""])


def _rows(rows: tuple[Safeguard, ...]) -> Iterator[str]:
    for row in rows:
        behind = row.confirms or " ".join(f"`tests/{test}`" for test in row.tests)
        refused = row.unrefused or " ".join(f"`{code}`" for code in row.codes)
        state, left = STATES[row.state], row.left or "–"
        yield f"| {row.id} | {row.place} | {row.what} | {state} | {row.control} | {refused} | {behind} | {left} |"


if __name__ == "__main__":
    print(render(load()), end="")
