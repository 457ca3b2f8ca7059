"""`python -m bench.engine`: starts servers, measures, shows what it is at, and prints the report; `-o FILE` also writes it there.

    python -m bench.engine             about half an hour on two cores
    python -m bench.engine --quick     about a minute and a half, for a first look
    python -m bench.engine -o docs/reports/bench-engine.md

Homes lie below `--place`, the servers' data below TMPDIR (scripts/servers); all of it is removed at the end.
"""

from __future__ import annotations

import argparse

from bench.command import run
from bench.engine.plan import FULL, QUICK
from bench.engine.report import data, page
from bench.engine.session import measure


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.engine", description="The engine, beside a naive pipeline over the same servers."
    )
    parser.add_argument("--quick", action="store_true", help="one case, one round: about a minute and a half")
    run(
        parser,
        lambda place, chosen, say: measure(place, QUICK if chosen.quick else FULL, say),
        page,
        data,
    )


if __name__ == "__main__":
    main()
