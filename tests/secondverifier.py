"""verifier/juki_verify.py asked as its own command would be: by files, and nothing of the hub's."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

from verifier import juki_verify

Verdict = tuple[int, int | None]  # exit status, first bad index


def of_journal(home: Path, outside: Sequence[str], place: Path) -> Verdict:
    """Of a home's journal, with its public keys, against notes that were kept elsewhere; `place` takes them as files."""
    return _asked("journal", home / "journal" / "journal.sqlite", home / "keys", outside, place)


def of_export(file: Path, keys: Path, outside: Sequence[str], place: Path) -> Verdict:
    """Of an export; `keys` is a folder with `root.vkey` and `keylist.txt`."""
    return _asked("export", file, keys, outside, place)


def _asked(command: str, file: Path, keys: Path, outside: Sequence[str], place: Path) -> Verdict:
    notes = [place / f"outside-{number}" for number in range(len(outside))]
    for path, note in zip(notes, outside, strict=True):
        path.write_text(note, "utf-8")
    words = [command, str(file), "--root-key", f"@{keys / 'root.vkey'}", "--key-list", str(keys / "keylist.txt")]
    with redirect_stdout(io.StringIO()) as said:
        status = juki_verify.main([*words, "--json", *(["--checkpoint", *map(str, notes)] if notes else [])])
    return status, json.loads(said.getvalue()).get("first_bad_index")
