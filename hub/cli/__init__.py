"""The command `hub`: a contract of commands, flags and exit codes (README, design section 5)."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """The console entry point."""
    from hub.cli.app import start  # noqa: PLC0415 - no work at import: `import hub.cli` must stay cheap

    start()
