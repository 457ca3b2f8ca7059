"""A room's own simulator that can be told to stall between an effect and its answer: `python -m tests.stalling ROOM …`.

While a file `stall` lies beside the ledgers, it performs and answers nobody; it then makes `stalled`.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from connectors.kit.desk import Desk, Play
from connectors.kit.ledger import Tokens
from connectors.kit.simulator import Options, Service, run
from tests.languages import Stalling


def main(room: str, arguments: Sequence[str]) -> int:
    """The simulator of `room` with its own plays and language; its exit code."""
    simulator = importlib.import_module(f"connectors.{room}.simulator")
    homes: list[Path] = []

    def plays(options: Options, tokens: Tokens) -> Mapping[str, Play]:
        homes.append(options.ledger_dir)
        made: Mapping[str, Play] = simulator.plays(options, tokens)
        return made

    def speak(place: Path, desks: Mapping[str, Desk]) -> Service:
        service: Service = simulator.speak(place, {name: Stalling(desk, homes[0]) for name, desk in desks.items()})
        return service

    return run(room, (), plays, arguments, speak)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
