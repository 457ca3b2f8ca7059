"""`python -m bench`: measures, shows what it is at, and prints the report; `-o FILE` also writes it there.

    python -m bench                    about a minute and a half on two cores
    python -m bench --quick            about twenty seconds, for a first look
    python -m bench --profile          also where our own time goes
    python -m bench -o docs/reports/bench-embedded.md

Homes and journals are made below `--place` and removed at the end: it must lie on the disk that is to be measured.
`python -m bench.engine` measures the engine.
"""

from __future__ import annotations

import argparse

from bench import report
from bench.command import run
from bench.plan import FULL, QUICK
from bench.session import measure


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Messages a second, beside a naive pipeline in the same run."
    )
    parser.add_argument("--quick", action="store_true", help="fewer messages: about twenty seconds")
    parser.add_argument(
        "--profile", action="store_true", help="also time every stage of our own, in rounds of their own"
    )
    run(
        parser,
        lambda place, chosen, say: measure(place, QUICK if chosen.quick else FULL, say, profile=chosen.profile),
        report.page,
        report.data,
    )


if __name__ == "__main__":
    main()
