"""Files of a home, and files that a person names: read whole, and as UTF-8 where they are text.

What is missing, what is no file and what is no UTF-8 ends as a code that names the file; nobody else calls `decode` on one.
"""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from hub.codes import cfg, cli
from hub.errors import Code, Misconfigured


def read_text(path: Path, missing: Code = cli.FILE_UNREADABLE, place: str = "") -> str:
    """A file in UTF-8, its lines ended in any way. Raises `Misconfigured`: with the code `missing` when it is not there.

    `place` is what that code then names.
    """
    try:
        return StringIO(read_file(path, missing, place).decode("utf-8"), newline=None).read()
    except UnicodeDecodeError:
        raise Misconfigured(cli.FILE_UNREADABLE, path=path.name) from None


def read_file(path: Path, missing: Code = cfg.MISSING_FILE, place: str = "") -> bytes:
    """A file's bytes. Raises as `read_text`; a file that a home must have is missing under HUB-CFG-004."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise Misconfigured(missing, path=place or path.name) from None
    except OSError:
        raise Misconfigured(cli.FILE_UNREADABLE, path=path.name) from None


def note_files(path: Path) -> list[Path]:
    """A file that holds a checkpoint; of a folder every `*.note`."""
    return sorted(path.glob("*.note")) if path.is_dir() else [path]
