"""The shapes of the table files: what may be written, and nothing else. Meaning is checked in load.py."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hub.yamltext import Strict

Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Line = Annotated[str, StringConstraints(pattern=r"^L[0-9]+(-[0-9]+)?(、L[0-9]+(-[0-9]+)?)*$")]
Number = Annotated[int, Field(ge=1, le=999)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
TypeName = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}-[A-Z0-9]{2,8}$")]
KindName = Literal["提供", "移転", "利用", "委託", "入手"]
ChannelName = Literal["nws", "chonai", "hub"]
StatusName = Literal["in-force", "denied-until-confirmed"]
ScopeName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(:[a-z0-9-]+)?$")]
TableName = Literal["kou2", "beppyo", "to-jorei", "ku-jorei", "statutes"]


class RecipientShape(Strict):
    """A recipient whose name is restricted: 事業主体である + 市町村長."""

    name: Text
    qualifier: Text


class PartyShape(Strict):
    sender: Slug
    recipient: Slug


class OnceConfirmedShape(Strict):
    """What a confirmation of the row puts in the place of what is printed."""

    information: Text


class RawShape(Strict):
    """The printed form of what was mended; an empty cell is an empty text."""

    item: str | None = None
    article: str | None = None
    recipients: str | None = None
    affair: str | None = None
    information: str | None = None
    remark: str | None = None


class SharedShape(Strict):
    """What a row may leave to its table's `defaults`."""

    article: Text | None = None
    kind: KindName | None = None
    channel: ChannelName | None = None
    sender: Text | None = None
    information: Text | None = None
    items: Literal["all", "decided"] | list[Text] | None = None
    message_types: list[TypeName] | None = None
    effective_from: date | None = None
    status: StatusName | None = None


class RowShape(SharedShape):
    item: Number | Slug
    affair: Text
    place: Line
    recipients: list[Text | RecipientShape] | None = None
    parties: list[PartyShape] | None = None
    reason: Text = ""
    once_confirmed: OnceConfirmedShape | None = None
    note: Text = ""
    flow: Text = ""
    raw: RawShape | None = None


class TableShape(Strict):
    """One table file."""

    table: TableName
    title: Text
    defaults: SharedShape
    rows: Annotated[list[RowShape], Field(min_length=1)]


class AliasShape(Strict):
    names: Annotated[list[Text], Field(min_length=1)]
    stands_for: Annotated[list[Text], Field(min_length=1)]
    scope: Annotated[list[ScopeName], Field(min_length=1)]
    place: Line
    status: StatusName
    reason: Text = ""
    note: Text = ""


class AliasesShape(Strict):
    """aliases.yaml."""

    aliases: list[AliasShape]


class DeniedShape(Strict):
    items: Annotated[list[Text], Field(min_length=1)]
    reason: Text


class GrantShape(Strict):
    """A decision on items for many (row, recipient) pairs at once: `rows` is table -> item -> recipients."""

    id: Slug
    sets: list[Text]
    also: list[Text] = Field(default_factory=list)
    reason: Text
    confirmer: Text
    demonstration: bool
    decided_on: date
    status: StatusName
    rows: dict[TableName, dict[Number | Slug, list[Text]]]


class ItemsShape(Strict):
    """items.yaml."""

    sets: dict[Text, Annotated[list[Text], Field(min_length=1)]]
    denied: list[DeniedShape]
    grants: list[GrantShape]
