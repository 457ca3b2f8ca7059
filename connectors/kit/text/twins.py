"""Signs that Microsoft's cp932 and JIS see in one code of Shift_JIS as different characters of Unicode (～ and 〜, － and −, …).

Our choice: each set is read by its own table and nothing is folded on the way in, for JIS X 0213 has both of most pairs. On the
way out the other one is another character and is refused, save where the partner's specification says that the two are one and
the connector calls `use_twins`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

from connectors.kit.text.tables import character, own_table, rows


@cache
def twins() -> Mapping[str, str]:
    """Each sign of the table -> its twin, both ways."""
    pairs = [
        (character(cells[1], "twins.tsv", line), character(cells[2], "twins.tsv", line))
        for line, cells in rows(own_table("twins.tsv"))
    ]
    return MappingProxyType(dict(pairs) | {jis: microsoft for microsoft, jis in pairs})


def use_twins(text: str, holds: Callable[[str], bool]) -> str:
    """`text` with the twin of every sign that `holds` refuses where it takes the twin. Not undone on the way back."""
    return "".join(_twin(point, holds) for point in text)


def _twin(point: str, holds: Callable[[str], bool]) -> str:
    twin = twins().get(point)
    return twin if twin is not None and not holds(point) and holds(twin) else point
