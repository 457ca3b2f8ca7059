"""The layouts of 住記's files: layouts.tsv, and the room's own 外字 table. cp932, fixed length; invented, for no real one is public."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final

from connectors.kit.announcing import HEADING
from connectors.kit.languages.fields import Field, Kind
from connectors.kit.languages.records import FixedForm
from connectors.kit.text import Gaiji, read_gaiji
from connectors.kit.text.tables import rows

BEFORE: Final = "異動前/"
AFTER: Final = "異動後/"
_HEAD, _PERSON = "IDOU", "JUUMIN"
# What stands before the items of a message that 住記 tells: see `connectors.kit.announcing`.
HEADS: Final = tuple(
    Field(name, width, Kind.TEXT if name == "処理事由" else Kind.CODE)
    for name, width in zip(HEADING, (36, 36, 32, 32, 24, 100), strict=True)
)


@cache
def layouts() -> Mapping[str, tuple[Field, ...]]:
    """Form -> its fields. Raises `ValueError` for a line that is no field."""
    found: dict[str, list[Field]] = {}
    for _, (form, item, width, kind) in rows(_read("layouts.tsv")):
        found.setdefault(form, []).append(Field(item, int(width), Kind(kind)))
    return MappingProxyType({form: tuple(fields) for form, fields in found.items()})


def columns(form: str) -> tuple[str, ...]:
    """The items of a form."""
    return tuple(field.name for field in layouts()[form])


def change_fields() -> tuple[Field, ...]:
    """A 異動: its head, the person as they were, the person as they are."""
    person = layouts()[_PERSON]
    twice = [Field(side + one.name, one.width, one.kind) for side in (BEFORE, AFTER) for one in person]
    return (*layouts()[_HEAD], *twice)


@cache
def own_gaiji() -> Gaiji:
    """The room's own 外字 table (gaiji.tsv): that of the synthetic ward. Raises `Faults` for a table that is none."""
    return read_gaiji(_read("gaiji.tsv"), "gaiji.tsv")


def form(fields: Sequence[Field], gaiji: Gaiji | None = None) -> FixedForm:
    """Records of these fields, in the room's own 外字 unless another table is given."""
    return FixedForm(fields, gaiji=own_gaiji() if gaiji is None else gaiji)


def _read(name: str) -> str:
    return resources.files("connectors.juki").joinpath(name).read_text(encoding="utf-8")
