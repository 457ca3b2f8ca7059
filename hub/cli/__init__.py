"""The command `hub`: a contract of commands, flags and exit codes (README, design section 5)."""

from __future__ import annotations

import sys

from hub.edges.priority import yield_to_others

__all__ = ["main"]

# Work on the log that nobody waits for in seconds yields to the traffic of a zone on the same machine (design promise 11): what is
# named True runs when nobody else would; the others must come to their end on a busy machine, too.
_YIELDING: dict[tuple[str, ...], bool] = {
    **{("log", name): True for name in ("verify", "archive", "export", "bundle", "search", "journey", "siem")},
    **{("review", name): True for name in ("reveals", "affected", "use")},
    ("log", "timestamp"): False,
    ("keystore", "backup"): False,
}


def main() -> None:
    """The console entry point."""
    if (idle := _YIELDING.get(tuple(sys.argv[1:3]))) is not None:
        yield_to_others(idle=idle)  # before anything is imported, which takes longer than many a command
    from hub.cli.app import start  # noqa: PLC0415 - no work at import: `import hub.cli` must stay cheap

    start()
