"""`python -m scripts.safeguards_doc > docs/safeguards.md`: what stands behind each safeguard of the 評価書."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from hub.yamltext import Strict, parse

FILE = Path(__file__).with_name("safeguards.yaml")
STATES = {"built": "あり", "partly": "一部", "organisational": "組織"}
OPENING = """\
# 安全管理措置 / Safeguards

評価書が約束する措置(S1-S40)と、それぞれを支えるものです。「あり」は仕組みと試験があるもの、「一部」は残りを書いたもの、「組織」は人が答えるものです。

The safeguards that the document promises, and what stands behind each: a control of ours with its tests, a part of one with what is left, or a person who answers
for it. This file is generated from `scripts/safeguards.yaml` by `make docs`; please change that file, not this one.

| | 評価書 | 措置 | 状態 | 支えるもの | 試験、又は答える人 | 残り |
|---|---|---|---|---|---|---|"""


class Safeguard(Strict):
    """One row; an empty one cannot be written."""

    id: Annotated[str, Field(pattern=r"^S[0-9]{1,2}$")]
    place: Annotated[str, Field(min_length=1)]
    what: Annotated[str, Field(min_length=1)]
    state: Literal["built", "partly", "organisational"]
    control: Annotated[str, Field(min_length=1)]
    tests: list[str] = Field(default_factory=list)
    left: str = ""
    confirms: str = ""


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
        state = STATES[row.state]
        yield f"| {row.id} | {row.place} | {row.what} | {state} | {row.control} | {behind} | {row.left or '–'} |"


if __name__ == "__main__":
    print(render(load()), end="")
