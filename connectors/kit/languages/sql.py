"""The partner is a database: effect and deduplication in one transaction, answers in status columns, feeds as views.

The connector writes a row of hub_dedup and a row of hub_staging together (see `tables`); that is the effect. The partner's
own process reads what waits, and answers in the row: status 1 done, 2 rejected with a code, 3 other content was performed
under this MessageId, 9 the content cannot be read; it empties `content` when it has taken it and deletes no row. A commit
whose end is not known is settled by asking hub_dedup. A feed is a view whose numbers go up in the order in which its rows
become visible (one writer, or a counter that is locked until commit: a sequence alone would skip what commits late).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, Connection, MetaData, Row, Table, Text, bindparam, insert, inspect, select, update
from sqlalchemy.schema import CreateView

from connectors.kit.desk import Desk, Reply
from connectors.kit.languages import database, folders, tables
from connectors.kit.languages.database import Database, InDoubt
from connectors.kit.languages.sweeping import Rounds, performed
from connectors.kit.languages.tables import CONTRACT, DEDUP, FEEDS, NUMBER, STAGING, View
from connectors.kit.languages.waiting import Patience
from connectors.kit.partner import CONFIRMED, CONFLICT, REJECTED, Effect, Events, Result
from hub.codes import kit
from hub.errors import Held, IntegrityError, Unavailable

MAX_CONTENT: Final = 16 << 20
_STATUS: Final = {CONFIRMED: tables.DONE, REJECTED: tables.REJECTED, CONFLICT: tables.CONFLICT}
_TOLD: Final = ("status", "code", "reply", "content")
_SWEEP: Final = 200
_EVENTS: Final = 200


# --- the connector's half -----------------------------------------------------------------------------------------------


class SqlPartner:
    """A partner behind its tables. It keeps nothing in memory that it needs."""

    def __init__(
        self,
        database: Database,
        endpoint: str,
        feeds: Mapping[str, View] | None = None,
        patience: float = 10.0,
    ) -> None:
        """`patience`: seconds without any new answer."""
        self._database = database
        self._endpoint = endpoint
        self._feeds = dict(feeds or {})
        self._patience = patience

    def perform(self, effects: Sequence[Effect]) -> Sequence[Result]:
        """Raises `Held` for content of more than `MAX_CONTENT` bytes and for a conflict: then nothing was asked."""
        if any(len(effect.content) > MAX_CONTENT for effect in effects):
            raise Held(kit.PARTNER_LIMIT, endpoint=self._endpoint, size=MAX_CONTENT)
        try:
            self._stage(effects)
        except InDoubt:
            self._stage(effects)  # asks hub_dedup first: what was committed is not staged again
        return self._answers(effects)

    def feed(self, name: str, after: str, limit: int) -> Events:
        view = self._feeds.get(name)
        if view is None or limit < 1:
            raise self._speech("feed")
        try:
            place = int(after or "0")
        except ValueError as error:
            raise self._speech("cursor") from error
        with self._database.reading() as db:
            ends = select(FEEDS.c.last).where(FEEDS.c.endpoint == self._endpoint, FEEDS.c.feed == name)
            last = db.execute(ends).scalar_one_or_none()  # read first: all rows up to it are visible then
            clause = view.clause
            rows = db.execute(
                select(clause).where(clause.c[NUMBER] > place).order_by(clause.c[NUMBER]).limit(limit)
            ).all()
        events = [self._event(row) for row in rows]
        reached = rows[-1][0] if rows else place
        return Events(events, str(reached), last is not None and reached >= last)

    def close(self) -> None:
        self._database.close()

    def _stage(self, effects: Sequence[Effect]) -> None:
        """Effect and deduplication: both rows or neither. What the partner could not read is offered to it again."""
        wanted = {effect.message: effect for effect in effects}
        if any(wanted[effect.message].sha256 != effect.sha256 for effect in effects):
            raise Held(kit.PARTNER_CONFLICT, endpoint=self._endpoint)
        mine = (DEDUP.c.endpoint == self._endpoint, DEDUP.c.message_id.in_(wanted))
        with self._database.writing() as db:
            rows = db.execute(select(DEDUP.c.message_id, DEDUP.c.sha256).where(*mine))
            known = {row.message_id: row.sha256 for row in rows}
            if any(sha256 != wanted[message].sha256 for message, sha256 in known.items()):
                raise Held(kit.PARTNER_CONFLICT, endpoint=self._endpoint)
            fresh = [effect for message, effect in wanted.items() if message not in known]
            if fresh:
                db.execute(insert(DEDUP), [self._dedup_row(effect) for effect in fresh])
                db.execute(insert(STAGING), [self._staging_row(effect) for effect in fresh])
            if known:
                again = (STAGING.c.endpoint == self._endpoint, STAGING.c.message_id.in_(known))
                unread = update(STAGING).where(*again, STAGING.c.status == tables.UNREADABLE)
                db.execute(unread.values(status=tables.WAITING))

    def _answers(self, effects: Sequence[Effect]) -> Sequence[Result]:
        patience = Patience(self._patience)
        answered = 0
        while True:
            rows = self._rows([effect.message for effect in effects])
            if any(effect.message not in rows for effect in effects):
                raise self._speech("a staged row is gone")
            done = sum(row.status != tables.WAITING for row in rows.values())
            if done == len(rows):
                return [self._result(rows[effect.message]) for effect in effects]
            if done > answered:
                answered = done
                patience.renew()
            if not patience.wait():
                self._database.close()  # a file that was put aside goes on answering to whoever holds it open
                raise Unavailable(kit.PARTNER_DOWN, endpoint=self._endpoint, kind="no answer")

    def _rows(self, messages: Sequence[str]) -> Mapping[str, Row[*tuple[Any, ...]]]:
        columns = (STAGING.c.message_id, STAGING.c.status, STAGING.c.code, STAGING.c.reply)
        asked = select(*columns).where(STAGING.c.endpoint == self._endpoint, STAGING.c.message_id.in_(messages))
        with self._database.reading() as db:
            return {row.message_id: row for row in db.execute(asked)}

    def _result(self, row: Row[*tuple[Any, ...]]) -> Result:
        match row.status, row.code:
            case tables.DONE, "":
                return Result(confirmed=True, reply=self._reply(row.reply))
            case tables.REJECTED, str(code) if code:
                return Result(confirmed=False, code=code)
            case tables.CONFLICT, _:
                raise Held(kit.PARTNER_CONFLICT, endpoint=self._endpoint)
            case tables.UNREADABLE, _:
                raise self._speech("it could not read the content")
            case _:
                raise self._speech("status and code")

    def _reply(self, told: object) -> Mapping[str, str]:
        try:
            reply = json.loads(told) if isinstance(told, str) else None
        except (ValueError, RecursionError):
            reply = None
        if not isinstance(reply, dict) or not all(isinstance(text, str) for text in reply.values()):
            raise self._speech("reply")
        return reply

    def _event(self, row: Row[*tuple[Any, ...]]) -> Mapping[str, str]:
        """The items of a row; what is NULL in the partner's table is "" here, as in every language."""
        items = {name: text for name, text in row._mapping.items() if name != NUMBER}  # noqa: SLF001 - SQLAlchemy's public name
        if not isinstance(row[0], int) or not all(text is None or isinstance(text, str) for text in items.values()):
            raise self._speech("view")
        return {name: text or "" for name, text in items.items()}

    def _dedup_row(self, effect: Effect) -> Mapping[str, str]:
        return {"endpoint": self._endpoint, "message_id": effect.message, "sha256": effect.sha256}

    def _staging_row(self, effect: Effect) -> Mapping[str, object]:
        return {
            "endpoint": self._endpoint,
            "message_id": effect.message,
            "type": effect.type,
            "content": effect.content,
        }

    def _speech(self, rule: str) -> IntegrityError:
        return IntegrityError(kit.PARTNER_SPEECH, endpoint=self._endpoint, rule=rule)


# --- the simulator's half -----------------------------------------------------------------------------------------------


class SqlService:
    """The department's own process over a SQLite file: performs what waits, answers in the rows, publishes its feeds."""

    def __init__(
        self, place: Path, desks: Mapping[str, Desk], feeds: Mapping[str, Mapping[str, View]] | None = None
    ) -> None:
        """`place`: the file, made if it is not there. `feeds`: endpoint -> feed -> view."""
        published = [(endpoint, *one) for endpoint, views in (feeds or {}).items() for one in views.items()]
        folders.make(place.parent)
        if not place.exists():
            database.found_sqlite(place, CONTRACT, lambda _: None)
        self._database = Database(database.sqlite(place), ",".join(desks))
        with self._database.writing() as db:
            boards = [_Board(db, (endpoint, feed), desks[endpoint], view) for endpoint, feed, view in published]
        for board in boards:
            board.publish(self._database)
        looks: list[Callable[[], bool]] = [partial(self._sweep, endpoint, desk) for endpoint, desk in desks.items()]
        self._rounds = Rounds([*looks, *(partial(board.publish, self._database) for board in boards)])

    def serve(self) -> None:
        self._rounds.serve()

    def stop(self) -> None:
        self._rounds.stop()

    def close(self) -> None:
        """The file stays: it is the partner's."""
        self._database.close()

    def tell(self, endpoint: str, answers: Sequence[Mapping[str, object]]) -> None:
        """Writes the answers into the rows and empties what was taken."""
        mine = (STAGING.c.endpoint == endpoint, STAGING.c.message_id == bindparam("asked"))
        told = {name: bindparam(f"told_{name}", type_=STAGING.c[name].type) for name in _TOLD}
        with self._database.writing() as db:
            db.execute(update(STAGING).where(*mine).values(told), list(answers))

    def _sweep(self, endpoint: str, desk: Desk) -> bool:
        waiting = (
            select(STAGING.c.message_id, STAGING.c.type, DEDUP.c.sha256, STAGING.c.content)
            .join_from(STAGING, DEDUP)
            .where(STAGING.c.endpoint == endpoint, STAGING.c.status == tables.WAITING)
            .order_by(STAGING.c.seq)
            .limit(_SWEEP)
        )
        with self._database.reading() as db:
            effects = [Effect(row[0], row[1], row[2], row[3] or b"") for row in db.execute(waiting)]
        if not effects:
            return False
        replies = performed(desk, effects)
        self.tell(endpoint, [_answer(effect, replies.get((effect.message, effect.sha256))) for effect in effects])
        return True


class _Board:
    """One feed of a desk as rows behind a view; how far it came stands in the same database."""

    def __init__(self, db: Connection, feed: tuple[str, str], desk: Desk, view: View) -> None:
        self._endpoint, self._feed = feed
        self._desk = desk
        own = MetaData()
        items = [Column(item, Text, nullable=False) for item in view.items]
        self._rows = Table(f"{view.name}_rows", own, Column(NUMBER, tables.NUMBER_TYPE, primary_key=True), *items)
        self._place = Table("own_place", own, Column("view", Text, primary_key=True), Column("cursor", Text))
        self._name = view.name
        self._ended = False
        own.create_all(db)
        if view.name not in inspect(db).get_view_names():
            db.execute(CreateView(select(self._rows), view.name))
            db.execute(insert(self._place), {"view": view.name, "cursor": ""})
            db.execute(insert(FEEDS), {"endpoint": self._endpoint, "feed": self._feed, "last": None})
        self._cursor = db.execute(select(self._place.c.cursor).where(self._place.c.view == view.name)).scalar_one()

    def publish(self, database: Database) -> bool:
        """Adds what is new, with the place that it came to; whether anything was."""
        if self._ended:
            return False
        page = self._desk.feed(self._feed, self._cursor, _EVENTS)
        if not page.events and not page.end:
            return False
        with database.writing() as db:
            if page.events:
                db.execute(insert(self._rows), [dict(one) for one in page.events])
            db.execute(update(self._place).where(self._place.c.view == self._name).values(cursor=page.cursor))
            if page.end:
                self._end(db)
        self._cursor, self._ended = page.cursor, page.end
        return True

    def _end(self, db: Connection) -> None:
        last = db.execute(select(self._rows.c[NUMBER]).order_by(self._rows.c[NUMBER].desc()).limit(1)).scalar()
        mine = (FEEDS.c.endpoint == self._endpoint, FEEDS.c.feed == self._feed)
        db.execute(update(FEEDS).where(*mine).values(last=last or 0))


def _answer(effect: Effect, reply: Reply | None) -> Mapping[str, object]:
    """The columns of an answer. What could not be read stays, for whoever mends it."""
    status = tables.UNREADABLE if reply is None else _STATUS[reply.result]
    return {
        "asked": effect.message,
        "told_status": status,
        "told_code": reply.code if reply else "",
        "told_reply": json.dumps(dict(reply.reply) if reply else {}, ensure_ascii=False),
        "told_content": effect.content if reply is None else None,
    }
