"""Strict YAML: text a person wrote -> a pydantic model, with every fault at once, each with file, path and value.

Unknown keys, duplicate keys and wrong forms are faults; nothing is guessed (Caddy's life cycle, style 3.6).
"""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from hub.codes import rte
from hub.errors import Faults, HubError, Misconfigured

Model = TypeVar("Model", bound=BaseModel)


class Strict(BaseModel):
    """The base of every configuration model: frozen, nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def parse(model: type[Model], text: str, file: str) -> Model:
    """`text` as a `model`. Raises `Faults` (area RTE) naming `file` and the path of each fault."""
    try:
        return model.model_validate(_load(text, file))
    except ValidationError as error:
        raise Faults(tuple(_fault(detail, file) for detail in error.errors(include_url=False))) from None


def _load(text: str, file: str) -> object:
    try:
        return YAML(typ="safe", pure=True).load(text)
    except DuplicateKeyError as error:
        raise Faults((Misconfigured(rte.DUPLICATE, file=file, path=_line(error), value="(key)"),)) from None
    except MarkedYAMLError as error:
        raise Faults((Misconfigured(rte.NOT_YAML, file=file, line=_line(error)),)) from None
    except YAMLError:
        raise Faults((Misconfigured(rte.NOT_YAML, file=file, line="?"),)) from None


def _line(error: MarkedYAMLError) -> str:
    return str(error.problem_mark.line + 1) if error.problem_mark else "?"


def _fault(detail: ErrorDetails, file: str) -> HubError:
    path = ".".join(str(part) for part in detail["loc"])
    parent, _, key = path.rpartition(".")
    if detail["type"] == "extra_forbidden":
        return Misconfigured(rte.UNKNOWN_KEY, file=file, path=parent or "(top)", value=key)
    if detail["type"] == "missing":
        return Misconfigured(rte.MISSING_KEY, file=file, path=parent or "(top)", value=key)
    return Misconfigured(
        rte.BAD_VALUE, file=file, path=path or "(top)", value=str(detail["input"])[:80], expected=detail["msg"]
    )
