"""`hub` with other sizes and, if asked, every stage timed: `python -m bench.engine.arranged GROUP PREFETCH METERS ARGUMENTS...`.

What `hub serve` starts is started through this module again, so that every process of the zone has them. METERS is a directory
for what each process measured, or empty.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bench.engine.stages import STAGES
from bench.stages import metered
from hub.app import intaking, members
from hub.cli import main as hub
from hub.cli import serve


def main(group: str, prefetch: str, meters: str, *arguments: str) -> None:
    """The command."""

    def command(name: str, *rest: str) -> Sequence[str]:
        return (sys.executable, "-m", "bench.engine.arranged", group, prefetch, meters, name, *rest)

    changes = (intaking, "GROUP", int(group)), (members, "PREFETCH", int(prefetch)), (serve, "command", command)
    for module, attribute, value in changes:
        setattr(module, attribute, value)
    sys.argv = ["hub", *arguments]
    if not meters or arguments[0] == "serve":
        hub()
        return
    with metered(STAGES) as meter:
        try:
            hub()
        finally:
            found = json.dumps([asdict(one) for one in meter.stages()])
            (Path(meters) / f"{_name(arguments)}.json").write_text(found, "utf-8")


def _name(arguments: Sequence[str]) -> str:
    """As the supervisor calls the process: dispatcher, worker-0."""
    role = arguments[0].removeprefix("serve-")
    return f"{role}-{arguments[arguments.index('--number') + 1]}" if "--number" in arguments else role


if __name__ == "__main__":
    main(*sys.argv[1:])
