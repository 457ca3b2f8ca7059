"""A CS for `bench.reconcile`, as a process of its own: speaks the telegrams of connectors.cs, and holds no register.

A question names its part (分割番号); that part of the CS's register is made anew, compared person by person, and forgotten.
Who is asked about in which part is agreed by the order of the register here, not by the remainder of the code as in the demo.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial

from bench.partners import asked_for
from bench.registers import Registers
from connectors.cs.layouts import DIALECT, MOST_OWN, Question
from connectors.cs.reconciling import EQUAL, ITEMS, MISSING, mark, told
from connectors.kit.desk import Performed, Plain
from connectors.kit.languages.telegram import TelegramService
from connectors.kit.partner import Effect, Events
from connectors.kit.simulator import run

ENDPOINT = "cs"


class Cs(Plain):
    """Remembers the last reply, because a desk asks for it right after it performed the effect."""

    def __init__(self, registers: Registers) -> None:
        self._registers = registers
        self._last: tuple[str, Mapping[str, str]] = ("", {})

    def perform(self, effect: Effect) -> Performed:
        reply = self.reply(effect)
        unequal = len(reply["判定"]) - reply["判定"].count(EQUAL)
        facts = {"persons": str(len(reply["判定"])), "unequal": str(unequal), "own": reply["CSのみの人数"]}
        return Performed(facts=facts)

    def reply(self, effect: Effect) -> Mapping[str, str]:
        if effect.type != "SG-CHK":
            raise ValueError("nothing but 整合 is done here")
        if self._last[0] != effect.message:
            self._last = (effect.message, self._compared(Question.decode(effect.content)))
        return self._last[1]

    def feed(self, name: str, after: str, limit: int) -> Events:
        """It has nothing to tell by itself."""
        return Events((), after, end=True)

    def _compared(self, question: Question) -> Mapping[str, str]:
        if question.parts != self._registers.parts:
            raise ValueError("another register")
        held = self._registers.part(question.part).at_cs()
        asked = {one["住民票コード"] for one in question.persons}
        own = [code for code in held if code not in asked]
        marks = (_mark(one, held.get(one["住民票コード"])) for one in question.persons)
        return told("".join(marks), own[:MOST_OWN])


def _mark(one: Mapping[str, str], ours: tuple[str, ...] | None) -> str:
    if ours is None:
        return MISSING
    return mark([name for name, text in zip(ITEMS, ours, strict=True) if text != one.get(name, "")])


if __name__ == "__main__":
    chosen, rest = asked_for(sys.argv[1:])
    sys.exit(
        run(
            ENDPOINT,
            (ENDPOINT,),
            lambda options, _: {ENDPOINT: Cs(Registers(options.seed, options.residents, chosen.size))},
            rest,
            partial(TelegramService, dialect=DIALECT),
        )
    )
