"""The one temporary directory under which everything of a run lies, and which goes when the run ends."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from scripts.servers.errors import ServerError


class Root:
    """Its path is short (the path of a Unix socket has 107 bytes) and open to the servers' accounts for passing through.

    `keep`: what lies there stays after `close`, and after the owner's death.
    """

    def __init__(self, parent: Path | None = None, *, keep: bool = False) -> None:
        self.keep = keep
        self.path = Path(tempfile.mkdtemp(prefix="juki-servers-", dir=parent))
        self.path.chmod(0o711)
        closed = [str(above) for above in self.path.resolve().parents if not above.stat().st_mode & 0o001]
        if closed:
            self.close()
            raise ServerError(f"The servers' accounts cannot pass through {closed[0]}: please choose another TMPDIR")

    def close(self) -> None:
        if not self.keep:
            shutil.rmtree(self.path, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
