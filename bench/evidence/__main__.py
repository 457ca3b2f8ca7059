"""`python -m bench.evidence`: one log grown through several sizes, verified and searched at each.

python -m bench.evidence                          10 thousand, 100 thousand, 1 million; 5 million are searched only
python -m bench.evidence --sizes 10000 100000     for a first look
python -m bench.evidence -o docs/reports/bench-evidence.md
"""

from __future__ import annotations

import argparse

from bench.command import run
from bench.evidence import report
from bench.evidence.measure import measure

SIZES = (10_000, 100_000, 1_000_000, 5_000_000)
VERIFIED = 1_000_000


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.evidence", description="How large a log can be: verifying, appending, searching."
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="entries, ascending")
    parser.add_argument("--verified", type=int, default=VERIFIED, help="verifiers run up to this size")
    run(
        parser,
        lambda place, chosen, say: measure(
            place,
            chosen.sizes,
            chosen.verified,
            f"python -m bench.evidence --sizes {' '.join(map(str, chosen.sizes))}",
            say,
        ),
        report.page,
        report.data,
    )


if __name__ == "__main__":
    main()
