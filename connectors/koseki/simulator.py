"""A 戸籍システム that waits: `python -m connectors.koseki.simulator --help`."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from connectors.kit.desk import Plain, Play
from connectors.kit.ledger import Tokens
from connectors.kit.simulator import Options, run

ENDPOINT = "koseki"


def plays(_options: Options, _tokens: Tokens) -> Mapping[str, Play]:
    """One play without rules."""
    return {ENDPOINT: Plain()}


if __name__ == "__main__":
    sys.exit(run(ENDPOINT, (ENDPOINT,), plays))
