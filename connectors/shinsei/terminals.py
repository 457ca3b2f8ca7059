"""terminals.yaml: the LGWAN接続端末 at which filings may be handled (S27, S28). Default deny: an empty or unreadable list opens nothing."""

from __future__ import annotations

from importlib import resources
from typing import Annotated, Final, Literal

from pydantic import Field

from hub import yamltext
from hub.yamltext import Strict

FILE: Final = "terminals.yaml"
_Text = Annotated[str, Field(min_length=1, max_length=100)]


class TerminalModel(Strict):
    """One terminal: its id in the operator part, where it stands, who checks it at the end of the day."""

    id: Annotated[str, Field(pattern="^[A-Za-z0-9-]{1,20}$")]
    place: _Text
    manager: _Text


class TerminalsModel(Strict):
    """The whole file."""

    version: Literal[1]
    terminals: Annotated[list[TerminalModel], Field(min_length=1)]


def read_own() -> str:
    """The text of this room's own file."""
    return resources.files("connectors.shinsei").joinpath(FILE).read_text(encoding="utf-8")


def load(text: str) -> frozenset[str]:
    """The ids. Raises `hub.errors.Faults` for what is not of the form, `ValueError` when one stands twice."""
    ids = [one.id for one in yamltext.parse(TerminalsModel, text, FILE).terminals]
    if len(set(ids)) != len(ids):
        raise ValueError(f"{FILE}: a terminal stands twice")
    return frozenset(ids)
