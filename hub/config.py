"""hub.yaml -> frozen `Config`: what one home is. Parses text it is given; reads nothing by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hub import yamltext
from hub.codes import cfg
from hub.errors import Faults, Misconfigured
from hub.yamltext import Strict

Environment = Literal["production", "test", "demo"]


_Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\s]+$")]
_Port = Annotated[int, Field(ge=1, le=65535)]


class JournalModel(Strict):
    """The PostgreSQL database of the journal. `host` is a name, an address, or a Unix socket's directory.

    `ca` and `passwords` are files, relative to the home: the CA of the server's certificate, and libpq's password file.
    """

    host: _Line
    port: _Port = 5432
    database: _Line
    user: _Line
    ca: _Line | None = None
    passwords: _Line | None = None


class BrokerModel(Strict):
    """The nodes of the broker (`host:port` of TLS) in the order to be tried, and the CA of their certificates."""

    nodes: Annotated[list[Annotated[str, StringConstraints(pattern=r"^\S+:[0-9]{1,5}$")]], Field(min_length=1)]
    ca: _Line


class EngineModel(Strict):
    """PostgreSQL and RabbitMQ under this home. `window`: deliveries at the broker for one endpoint at once."""

    journal: JournalModel
    broker: BrokerModel
    workers: Annotated[int, Field(ge=1, le=64)] = 2
    partitions: Annotated[int, Field(ge=1, le=256)] = 8
    window: Annotated[int, Field(ge=1, le=10000)] = 200


class Config(Strict):
    """One home: 団体, environment, zone, and the origin of its log.

    `development` marks a home that holds the keys of several endpoints, and the offline keys, so that one person can
    try everything. `erase_after_days` is counted from the partner's confirmation (design section 3, Erasure).
    `answer_lines`: how many messages of one sender a connector's answer may speak of; more is faster, and what became of
    the messages of one answer is then taken or refused together. `engine`: absent in an embedded home.
    """

    format: Annotated[int, Field(ge=1, le=1)]
    tenant: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
    environment: Environment
    zone: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
    origin: Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]+(/[a-z0-9.-]+)*$", max_length=200)]
    development: bool = False
    erase_after_days: Annotated[int, Field(ge=0, le=30)] = 7
    answer_lines: Annotated[int, Field(ge=1, le=1000)] = 1
    engine: EngineModel | None = None


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
    lines += _lines(config.model_dump(exclude_none=True), "")
    return "\n".join(lines) + "\n"


def _lines(values: Mapping[str, object], indent: str) -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield f"{indent}{name}:"
            yield from _lines(value, indent + "  ")
        else:
            yield f"{indent}{name}: {_scalar(value)}"


def _scalar(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_scalar, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else f'"{value}"'
