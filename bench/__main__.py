"""`python -m bench`: measures, shows what it is at, and prints the report; `-o FILE` also writes it there.

    python -m bench                    about a minute and a half on two cores
    python -m bench --quick            about twenty seconds, for a first look
    python -m bench --profile          also where our own time goes
    python -m bench -o docs/reports/bench-embedded.md

Homes and journals are made below `--place` and removed at the end: it must lie on the disk that is to be measured.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from bench import report
from bench.plan import FULL, QUICK
from bench.session import Say, measure


def main() -> None:
    """The command."""
    chosen = _arguments()
    chosen.place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=chosen.place) as place:
        results = measure(Path(place), QUICK if chosen.quick else FULL, _progress(), profile=chosen.profile)
    sys.stderr.write("\r\033[K" if sys.stderr.isatty() else "")
    page = report.page(results)
    sys.stdout.write(json.dumps(report.data(results), ensure_ascii=False, indent=1) + "\n" if chosen.json else page)
    if chosen.output:
        chosen.output.parent.mkdir(parents=True, exist_ok=True)
        chosen.output.write_text(page, "utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Messages a second, beside a naive pipeline in the same run."
    )
    parser.add_argument("--quick", action="store_true", help="fewer messages: about twenty seconds")
    parser.add_argument(
        "--profile", action="store_true", help="also time every stage of our own, in rounds of their own"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of the page")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the page to FILE too")
    parser.add_argument(
        "--place", type=Path, default=Path("var"), help="directory for homes and journals (default: var)"
    )
    return parser.parse_args()


def _progress() -> Say:
    """One line that is written over on a terminal, a line each elsewhere."""
    start = time.monotonic()
    form = "\r\033[K{}" if sys.stderr.isatty() else "{}\n"

    def say(what: str) -> None:
        sys.stderr.write(form.format(f"[{time.monotonic() - start:5.1f} s] {what}"))
        sys.stderr.flush()

    return say


if __name__ == "__main__":
    main()
