"""hub.yaml -> frozen `Config`: what one home is. Parses text it is given; reads nothing by itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from hub import yamltext
from hub.codes import cfg
from hub.errors import Faults, Misconfigured, Words
from hub.yamltext import Strict

Environment = Literal["production", "test", "demo"]


def _in_home(path: str) -> str:
    if path.startswith("/") or ".." in path.split("/"):
        raise ValueError(Words("ホームの中の場所(/ で始まらず .. を含まない)", "a path below the home"))
    return path


File = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_in_home)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,62}$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Node = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]+:[0-9]{1,5}$")]

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class JournalTls(Strict):
    """The CA by which the database server is known, and the certificate by which it knows the hub, if by one."""

    ca: File
    certificate: File | None = None
    key: File | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError(Words("certificate と key の両方か、どちらもなし", "certificate and key, or neither"))
        return self


class JournalServer(Strict):
    """Where the journal lies when it is no file: a Unix socket's directory (begins with /) or a host. Passwords stand elsewhere."""

    host: Annotated[str, StringConstraints(pattern=r"^(/[^\s\x00]*|[A-Za-z0-9.:-]+)$", max_length=200)]
    port: Port = 5432
    database: Name
    user: Name
    tls: JournalTls | None = None

    @model_validator(mode="after")
    def _no_plain_wire(self) -> Self:
        if self.tls is None and not self.host.startswith("/") and self.host not in _LOOPBACK:
            raise ValueError(
                Words("tls の指定(この機械の外へ出るものは暗号化する)", "tls: what leaves the machine is encrypted")
            )
        if self.tls is not None and self.host.startswith("/"):
            raise ValueError(
                Words("tls なし(この機械のソケットには要らない)", "no tls: a socket of this machine has none")
            )
        return self


class BrokerNodes(Strict):
    """The broker's nodes (host:port, TLS) and their CA. Keys, users and virtual host follow from the zone (docs/spec/broker.md)."""

    nodes: Annotated[list[Node], Field(min_length=1, max_length=9)]
    admin: Annotated[str, StringConstraints(pattern=r"^https://[A-Za-z0-9.-]+:[0-9]{1,5}$")] | None = None
    ca: File


class Engine(Strict):
    """The servers of a zone that has outgrown one process. Without `journal` it stays in its file, without `broker` embedded.

    `partitions`: inbound queues per sender; `window`: deliveries out at a time per endpoint.
    """

    journal: JournalServer | None = None
    broker: BrokerNodes | None = None
    workers: Annotated[int, Field(ge=1, le=64)] = 2
    partitions: Annotated[int, Field(ge=1, le=64)] = 8
    window: Annotated[int, Field(ge=1, le=10000)] = 200


class Timestamps(Strict):
    """Timestamps over the log's checkpoints (RFC 3161). Without `url` they come by medium, and only their age is watched.

    Traffic goes on without the authority until an entry has waited `stop_after_minutes` for its timestamp; the default is
    that of X-Road's acceptable-timestamp-failure-period.
    """

    url: Annotated[str, StringConstraints(pattern=r"^http://[!-~]+$", max_length=200)] | None = None
    every_minutes: Annotated[int, Field(ge=1, le=1440)] = 60
    stop_after_minutes: Annotated[int, Field(ge=2, le=43200)] = 240

    @model_validator(mode="after")
    def _asked_in_time(self) -> Self:
        if self.url is not None and self.every_minutes >= self.stop_after_minutes:
            raise ValueError(Words("stop_after_minutes が every_minutes より大きい値", "more than every_minutes"))
        return self


class KeyBackups(Strict):
    """Copies of the key store, one a day: a folder (below the home, or absolute: another disk) and how many are kept.

    No erasure is done while one of them could undo it, so there are few.
    """

    folder: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
    generations: Annotated[int, Field(ge=1, le=7)] = 7


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
    timestamps: Timestamps | None = None
    key_backups: KeyBackups | None = None
    engine: Engine | None = None

    @property
    def brokered(self) -> bool:
        """Whether a broker carries this zone, and several processes serve it."""
        return self.engine is not None and self.engine.broker is not None


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


def journal_server(data: object, file: str) -> JournalServer:
    """`data`, as YAML would give it, as a `JournalServer`; raises as `load` does, naming `file`."""
    if found := yamltext.faults(JournalServer, data, file):
        raise Faults(found)
    return JournalServer.model_validate(data)


def render(config: Config) -> str:
    """The text that `load` reads back, with a comment for the operator."""
    lines = ["# juki-hub の設定(hub check で検査)。値の意味は docs/home.md を参照。"]
    lines += _lines(config.model_dump(exclude_none=True), "")
    return "\n".join(lines) + "\n"


def with_journal(text: str, config: Config, journal: JournalServer) -> str:
    """`text`, which says `config`, saying besides that the journal lies on this server; an operator's comments stay."""
    engine = (config.engine or Engine()).model_copy(update={"journal": journal})
    wanted = config.model_copy(update={"engine": engine})
    if config.engine is None:
        longer = "\n".join([text.rstrip("\n"), *_lines({"engine": engine.model_dump(exclude_none=True)}, ""), ""])
        with suppress(Faults):  # a file in a style that takes no further lines, as {format: 1, …}
            if load(longer) == wanted:
                return longer
    return render(wanted)


def with_partitions(text: str, config: Config, partitions: int) -> str:
    """`text`, which says `config` with an engine, saying besides that there are so many; an operator's comments stay."""
    if config.engine is None:
        raise ValueError("no engine")
    wanted = config.model_copy(update={"engine": config.engine.model_copy(update={"partitions": partitions})})
    said = f"partitions: {partitions}"
    for changed in (
        _PARTITIONS.sub(said, text),
        _ENGINE.sub(rf"\g<0>\n\g<indent>{said}", text, count=1),
    ):
        with suppress(Faults):  # it stands elsewhere, or the file is in another style
            if load(changed) == wanted:
                return changed
    return render(wanted)


_PARTITIONS = re.compile(r"\bpartitions: *[0-9]+")
_ENGINE = re.compile(r"^engine:[^\S\n]*(?:#.*)?(?=\n(?P<indent> +)\S)", re.MULTILINE)


def _lines(values: Mapping[str, object], indent: str) -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield f"{indent}{name}:"
            yield from _lines(value, f"{indent}  ")
        else:
            yield f"{indent}{name}: {json.dumps(value, ensure_ascii=False)}"  # which is YAML, too
