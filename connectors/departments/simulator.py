"""All departments of 別紙2 in one process, one ledger each: `python -m connectors.departments.simulator --endpoint NAME …`."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from connectors.kit.desk import Plain, Play
from connectors.kit.ledger import Tokens
from connectors.kit.simulator import Options, run


def plays(options: Options, _tokens: Tokens) -> Mapping[str, Play]:
    """One play without rules for every department named by --endpoint."""
    return {endpoint: Plain() for endpoint in options.endpoints}


if __name__ == "__main__":
    sys.exit(run("departments", (), plays))
