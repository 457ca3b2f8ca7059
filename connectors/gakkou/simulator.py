"""Both sections of the 教育委員会 in one process, one ledger each: `python -m connectors.gakkou.simulator --help`."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from connectors.kit.desk import Plain, Play
from connectors.kit.ledger import Tokens
from connectors.kit.simulator import Options, run

ENDPOINTS = ("gakumu", "kodomo-nyuen")


def plays(options: Options, _tokens: Tokens) -> Mapping[str, Play]:
    """One play without rules for every endpoint, or for those named by --endpoint."""
    return {endpoint: Plain() for endpoint in options.endpoints or ENDPOINTS}


if __name__ == "__main__":
    sys.exit(run("gakkou", ENDPOINTS, plays))
