"""The command `hub`: a contract of commands, flags and exit codes (README, design section 5)."""

from __future__ import annotations

import sys

from hub.edges.priority import yield_to_others

__all__ = ["main"]

# Work on the log that nobody waits for in seconds: it yields to the traffic of a zone on the same machine (design promise 11).
_YIELDING = {
    *(("log", name) for name in ("verify", "archive", "export", "bundle", "search", "journal", "siem")),
    *(("review", "reveals"), ("review", "affected")),
}


def main() -> None:
    """The console entry point."""
    if tuple(sys.argv[1:3]) in _YIELDING:
        yield_to_others()  # before anything is imported, which takes longer than many a command
    from hub.cli.app import start  # noqa: PLC0415 - no work at import: `import hub.cli` must stay cheap

    start()
