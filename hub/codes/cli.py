"""HUB-CLI: how a command was called."""

from hub.errors import Code

UNKNOWN_TABLE = Code(
    "HUB-CLI-001",
    "そのような表はありません: {table}({tables} のいずれか)",
    "There is no such table: {table} (one of {tables}).",
    "hub rules list で表の名前を確かめてください。",
    "See hub rules list for the names of the tables.",
)
BAD_DATE = Code(
    "HUB-CLI-002",
    "{option} は YYYY-MM-DD の実在する日でなければなりません",
    "{option} must be an existing day YYYY-MM-DD.",
    "例: 2026-04-01",
    "For example 2026-04-01.",
)
NO_ENTRY = Code(
    "HUB-CLI-003",
    "交換記録に {index} 番の記録はありません",
    "The exchange log has no entry {index}.",
    "番号は 0 から始まります。hub log checkpoint で大きさを確かめてください。",
    "Indexes begin at 0; hub log checkpoint shows the size.",
)
