"""Strict YAML: text a person wrote -> a pydantic model, with every fault at once, each with file, path and value.

Unknown keys, duplicate keys and wrong forms are faults; nothing is guessed (Caddy's life cycle, style 3.6).
"""

from __future__ import annotations

import re
from copy import deepcopy
from functools import lru_cache
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError, SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import Node

from hub.codes import rte
from hub.errors import Faults, HubError, Misconfigured, Words
from hub.yamlwords import expected

Model = TypeVar("Model", bound=BaseModel)
# Reading is slow (half a second for all that a home needs), and a process reads the same files again: each opening does.
_REMEMBERED: Final = 32
TOP: Final = Words("(最上位)", "(top)")  # the path of the file as a whole


class Strict(BaseModel):
    """The base of every configuration model: frozen, nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Constructor(SafeConstructor):
    """Names the line of a value that looks like a date or a number and is none (2026-02-30)."""

    def construct_object(self, node: Node, deep: bool = False) -> object:
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, TypeError):
            raise MarkedYAMLError(problem_mark=node.start_mark) from None


def parse(model: type[Model], text: str, file: str) -> Model:
    """`text` as a `model`. Raises `Faults` (area RTE) naming `file` and the path of each fault."""
    data = load(text, file)
    if found := faults(model, data, file):
        raise Faults(found)
    return model.model_validate(data)


def faults(model: type[BaseModel], data: object, file: str) -> tuple[HubError, ...]:
    """All that keeps `data`, as `load` gave it, from being a `model`."""
    try:
        model.model_validate(data)
    except ValidationError as error:
        return tuple(_fault(detail, file) for detail in error.errors(include_url=False))
    return ()


def fitting(model: type[Model], data: object) -> Model | None:
    """`data` as a `model`, or None when it has another shape: for what is said of one part while others are faulty."""
    try:
        return model.model_validate(data)
    except ValidationError:
        return None


def load(text: str, file: str) -> object:
    """What the YAML says: mappings, lists and scalars. Raises `Faults` (area RTE) for what is no YAML."""
    try:
        return deepcopy(_loaded(text))
    except DuplicateKeyError as error:
        raise Faults(
            (
                Misconfigured(
                    rte.DUPLICATE,
                    file=file,
                    path=Words(f"{_line(error)}行目", f"line {_line(error)}"),
                    value=_key(error),
                ),
            )
        ) from None
    except MarkedYAMLError as error:
        raise Faults((Misconfigured(rte.NOT_YAML, file=file, line=_line(error)),)) from None
    except (YAMLError, RecursionError):
        raise Faults((Misconfigured(rte.NOT_YAML, file=file, line="?"),)) from None


@lru_cache(maxsize=_REMEMBERED)
def _loaded(text: str) -> object:
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _Constructor
    return yaml.load(text)


def _line(error: MarkedYAMLError) -> str:
    return str(error.problem_mark.line + 1) if error.problem_mark else "?"


def _key(error: DuplicateKeyError) -> str:
    """The key that stands twice; the library names it only in its sentence, beside values, which stay out."""
    found = re.match(r'found duplicate key "(.*?)" with value', error.problem or "")
    return found[1][:80] if found else "(key)"


def _fault(detail: ErrorDetails, file: str) -> HubError:
    path = ".".join(str(part) for part in detail["loc"])
    parent, _, key = path.rpartition(".")
    if detail["type"] == "extra_forbidden":
        return Misconfigured(rte.UNKNOWN_KEY, file=file, path=parent or TOP, value=key)
    if detail["type"] == "missing":
        return Misconfigured(rte.MISSING_KEY, file=file, path=parent or TOP, value=key)
    return Misconfigured(
        rte.BAD_VALUE, file=file, path=path or TOP, value=_shown(detail["input"]), expected=expected(detail)
    )


def _shown(value: object) -> str:
    """A scalar as YAML writes it; of a list or mapping, which may be endless by its aliases, only what it is."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict | list | tuple | set):
        return "{…}" if isinstance(value, dict) else "[…]"
    return str(value)[:80]
