"""All departments of 別紙2 in one process, one ledger each: `python -m connectors.departments.simulator --endpoint NAME …`."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from connectors.departments.columns import ALWAYS, ITEMS
from connectors.departments.connector import DATABASE, IN_TABLES
from connectors.kit.desk import Desk, Performed, Plain, Play
from connectors.kit.languages import rows
from connectors.kit.languages.database import found_sqlite
from connectors.kit.languages.files import FileService
from connectors.kit.languages.folders import make
from connectors.kit.languages.sql import SqlService
from connectors.kit.languages.tables import CONTRACT
from connectors.kit.ledger import Tokens
from connectors.kit.partner import Effect
from connectors.kit.simulator import Options, Service, run

VIEW = "juki_ido"


class Department(Plain):
    """Reads each 異動情報 in its own way and takes it; what has no 異動 in it, it cannot read."""

    def __init__(self, *, in_tables: bool) -> None:
        self._read = _object if in_tables else _row

    def perform(self, effect: Effect) -> Performed:
        if not self._read(effect.content).keys() >= ALWAYS:
            raise ValueError("no 異動")
        return Performed()


def _row(content: bytes) -> Mapping[str, str]:
    (found,) = rows.read(content)
    return found


def _object(content: bytes) -> Mapping[str, str]:
    found = json.loads(content)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


# --- where they are asked ---------------------------------------------------------------------------------------------------


class Together:
    """Several services as one."""

    def __init__(self, services: Sequence[Service]) -> None:
        self._services = tuple(services)

    def serve(self) -> None:
        threads = [threading.Thread(target=one.serve) for one in self._services]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def stop(self) -> None:
        for one in self._services:
            one.stop()

    def close(self) -> None:
        for one in self._services:
            one.close()


def speak(place: Path, desks: Mapping[str, Desk]) -> Service:
    """A folder for each department below `place`; a department in tables has its database there."""
    tables = {name: desk for name, desk in desks.items() if name in IN_TABLES}
    files = {name: desk for name, desk in desks.items() if name not in IN_TABLES}
    spoken: list[Service] = [FileService(place, files)] if files else []
    return Together([*spoken, *(_database(place / name / DATABASE, name, desk) for name, desk in tables.items())])


def _database(path: Path, name: str, desk: Desk) -> Service:
    make(path.parent)
    if not path.exists():
        found_sqlite(path, CONTRACT, lambda db: db.exec_driver_sql(_view()))
    return SqlService(path, {name: desk})


def _view() -> str:
    """What waits in the staging table, an item a column: for the department's own programs."""
    items = ", ".join(f'json_extract(CAST(content AS TEXT), \'$."{item}"\') AS "{item}"' for item in ITEMS)
    waiting = "SELECT seq AS 通番, message_id AS 電文番号, {} FROM hub_staging WHERE status = 0"
    return f"CREATE VIEW {VIEW} AS {waiting.format(items)}"


def plays(options: Options, _tokens: Tokens) -> Mapping[str, Play]:
    """One play for every department named by --endpoint."""
    return {endpoint: Department(in_tables=endpoint in IN_TABLES) for endpoint in options.endpoints}


if __name__ == "__main__":
    sys.exit(run("departments", (), plays, speak=speak))
