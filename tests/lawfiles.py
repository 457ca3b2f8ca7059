"""The files of the law with a row taken out of them, as if the ward had struck it: what is left is read as any release's files."""

from __future__ import annotations

from hub.edges.resources import provision_files
from hub.provisions.model import RowKey


def without(key: RowKey) -> dict[str, str]:
    """The files with one row, and the grants under it, taken out. Raises `StopIteration` when there are none."""
    table, item = key
    files = dict(provision_files())
    name = f"tables/{table}.yaml"
    head, *blocks = files[name].split("\n  - item: ")
    files[name] = "\n  - item: ".join([head, *(block for block in blocks if not block.startswith(f"{item}\n"))])
    lines = files["tables/items.yaml"].splitlines(keepends=True)
    start = next(n for n, line in enumerate(lines) if line == f"      {table}:\n")
    gone = next(n for n in range(start, len(lines)) if lines[n].startswith(f"        {item}: "))
    files["tables/items.yaml"] = "".join(lines[:gone] + lines[gone + 1 :])
    return files
