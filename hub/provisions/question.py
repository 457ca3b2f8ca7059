"""The question a message puts to the law, and the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal

from hub.errors import Code, Fact, Language, Refused
from hub.messages import Basis, Citation

_PERMIT = {"ja": "{article}を根拠として{kind}できます。", "en": "Permitted as {kind} under {article}."}


@dataclass(frozen=True, slots=True)
class Question:
    """May this go from `sender` to `recipient` under (table, item), on this channel, on this day (JST)?

    `sender`, `affair`, `kind` and `message_type` may be None only when a person asks by hand (`hub rules decide`): None
    means "whatever the row says" and skips that check. A message states all four: build its question by `of_message`.
    `items` are the names of the items present; an empty set asks about the row alone.
    """

    table: str
    item: str
    recipient: str
    information: str
    channel: str
    on: date
    items: frozenset[str] = frozenset()
    sender: str | None = None
    affair: str | None = None
    kind: str | None = None
    message_type: str | None = None

    @classmethod
    def of_message(
        cls,
        basis: Basis,
        *,
        sender: str,
        recipient: str,
        message_type: str,
        items: frozenset[str],
        channel: str,
        on: date,
    ) -> Question:
        """The question of a message, in which nothing is left open."""
        return cls(
            basis.table,
            basis.item,
            recipient,
            basis.information,
            channel,
            on,
            items,
            sender,
            basis.affair,
            basis.kind,
            message_type,
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer: `code` is None exactly when it permits.

    `table`, `item`, `kind` and `article` are those of the row that was found, and empty when there is none: nothing
    here is copied from the question. `digest` is that of the provisions that decided.
    """

    code: Code | None
    table: str
    item: str
    article: str
    kind: str
    digest: str
    facts: Mapping[str, Fact] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def permitted(self) -> bool:
        return self.code is None

    @property
    def outcome(self) -> Literal["permit", "refuse"]:
        return "permit" if self.code is None else "refuse"

    def reason(self, lang: Language = "ja") -> str:
        """The reason as a sentence for a person."""
        if self.code is None:
            return _PERMIT[lang].format(article=self.article, kind=self.kind)
        return self.code.text(self.facts, lang)

    @property
    def citation(self) -> Citation | None:
        """What a log entry cites, or None when no row was found."""
        if not self.item:
            return None
        return Citation(self.kind, self.table, self.item, self.digest, self.article)

    def refusal(self) -> Refused:
        """The refusal to raise. Raises `ValueError` for a permit."""
        if self.code is None:
            raise ValueError("a permit has no refusal")
        return Refused(self.code, **self.facts)
