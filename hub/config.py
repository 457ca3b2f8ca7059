"""hub.yaml -> frozen `Config`: what one home is. Parses text it is given; reads nothing by itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hub import yamltext
from hub.codes import cfg
from hub.errors import Faults, Misconfigured
from hub.yamltext import Strict

Environment = Literal["production", "test", "demo"]


class Config(Strict):
    """One home: 団体, environment, zone, and the origin of its log.

    `development` marks a home that holds the keys of several endpoints, and the offline keys, so that one person can
    try everything. `erase_after_days` is counted from the partner's confirmation (design section 3, Erasure).
    `answer_lines`: how many messages of one sender a connector's answer may speak of; more is faster, and what became of
    the messages of one answer is then taken or refused together.
    """

    format: Annotated[int, Field(ge=1, le=1)]
    tenant: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
    environment: Environment
    zone: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
    origin: Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]+(/[a-z0-9.-]+)*$", max_length=200)]
    development: bool = False
    erase_after_days: Annotated[int, Field(ge=0, le=30)] = 7
    answer_lines: Annotated[int, Field(ge=1, le=1000)] = 1


def load(text: str, file: str = "hub.yaml") -> Config:
    """Raises `Faults` with every fault of the file; a development home in production is one (design section 5)."""
    return checked(yamltext.load(text, file), file)


def checked(data: object, file: str) -> Config:
    """`data`, as YAML would give it, as a `Config`; raises as `load` does, naming `file`."""
    faults = list(yamltext.faults(Config, data, file))
    if isinstance(data, dict) and data.get("development") is True and data.get("environment") == "production":
        faults.append(Misconfigured(cfg.DEVELOPMENT_IN_PRODUCTION, file=file))
    if faults:
        raise Faults(tuple(faults))
    return Config.model_validate(data)


def render(config: Config) -> str:
    """The text that `load` reads back, with a comment for the operator."""
    lines = ["# juki-hub の設定(hub check で検査)。値の意味は docs/home.md を参照。"]
    lines += [f"{name}: {_scalar(value)}" for name, value in config.model_dump().items()]
    return "\n".join(lines) + "\n"


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else f'"{value}"'
