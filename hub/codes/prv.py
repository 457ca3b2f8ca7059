"""HUB-PRV: provisions, the law as data (docs/provisions.md). 001-019 refuse a message; 101-119 are faults of the tables."""

from hub.errors import Code

UNKNOWN_TABLE = Code(
    "HUB-PRV-001",
    "根拠とされた表がありません(ある表: {tables})",
    "The table that is claimed does not exist (tables: {tables}).",
    "根拠の表の名前を確かめてください。",
    "Check the name of the table in the claimed basis.",
)
UNKNOWN_ITEM = Code(
    "HUB-PRV-002",
    "根拠とされた項は表 {table} にありません",
    "Table {table} has no such item.",
    "項の番号を表の原本で確かめてください。番号は表ごとに別のものです。",
    "Check the number against the table; each table counts for itself.",
)
WRONG_CHANNEL = Code(
    "HUB-PRV-003",
    "{table} の{item}の項は {channel} でだけ使えます",
    "Item {item} of {table} is valid on the channel {channel} only.",
    "別紙1(kou2)の行は情報提供ネットワークシステムの外では使えません。経路に合う根拠を選んでください。",
    "Rows of 別紙1 (kou2) hold nowhere but on the 情報提供ネットワークシステム. Claim the row that fits the route.",
)
ROW_NOT_CONFIRMED = Code(
    "HUB-PRV-004",
    "{table} の{item}の項は確認されるまで使えません: {why}",
    "Item {item} of {table} is denied until it is confirmed: {why}",
    "二人の確認を受けてください(docs/provisions.md)。",
    "Have two persons confirm it (docs/provisions.md).",
)
NOT_YET_IN_FORCE = Code(
    "HUB-PRV-005",
    "{table} の{item}の項はその日にはまだ効力がありません(効力の始まり: {from_day})",
    "Item {item} of {table} is not in force on that day (from {from_day}).",
    "基準日と施行日を確かめてください。",
    "Check the day and the 施行日.",
)
WRONG_KIND = Code(
    "HUB-PRV-006",
    "{table} の{item}の項が許すのは「{kind}」だけです",
    "Item {item} of {table} allows nothing but {kind}.",
    "行為の種類(提供・移転・利用・委託・入手)を確かめてください。",
    "Check the legal kind that is claimed.",
)
WRONG_MESSAGE_TYPE = Code(
    "HUB-PRV-007",
    "この種別の電文は {table} の{item}の項を根拠にできません(できる種別: {types})",
    "A message of this type may not claim item {item} of {table} (types: {types}).",
    "電文の種別に合う根拠を選んでください。",
    "Claim a row that names the message's type.",
)
SENDER_NOT_PARTY = Code(
    "HUB-PRV-008",
    "送信者は {table} の{item}の項の当事者ではありません(送信者: {parties})",
    "The sender is no party of item {item} of {table} (senders: {parties}).",
    "送信者と根拠の組み合わせを確かめてください。",
    "Check sender and basis.",
)
RECIPIENT_NOT_PARTY = Code(
    "HUB-PRV-009",
    "受信者は {table} の{item}の項の当事者ではありません(受信者: {parties})",
    "The recipient is no party of item {item} of {table} (recipients: {parties}).",
    "受信者の名前を表の印字で確かめてください。限定(…である)も名前の一部です。",
    "Check the recipient's name as printed; a qualifier belongs to the name.",
)
ALIAS_NOT_CONFIRMED = Code(
    "HUB-PRV-010",
    "この別名は確認されるまで使えません({table} の{item}の項、指すとされる名: {parties})",
    "This alias is denied until it is confirmed (item {item} of {table}, said to stand for: {parties}).",
    "表に印字された名前を使うか、別名の確認を二人から受けてください(docs/provisions.md)。",
    "Use the printed name, or have two persons confirm the alias (docs/provisions.md).",
)
WRONG_AFFAIR = Code(
    "HUB-PRV-011",
    "事務が {table} の{item}の項の印字と一致しません",
    "The affair differs from the wording of item {item} of {table}.",
    "事務は表の文言をそのまま引いてください。",
    "Quote the affair word for word.",
)
WRONG_INFORMATION = Code(
    "HUB-PRV-012",
    "情報が {table} の{item}の項と一致しません(許される情報: {information})",
    "The information differs from item {item} of {table} (allowed: {information}).",
    "渡す情報と根拠の組み合わせを確かめてください。",
    "Check the information and the basis.",
)
NO_ITEMS_DECISION = Code(
    "HUB-PRV-013",
    "{table} の{item}の項でこの受信者に渡す項目を区が決めていません",
    "The ward has not decided which items this recipient may have under item {item} of {table}.",
    "items.yaml に、理由と確認者のある決定を書き足してください。",
    "Add a decision with reason and confirmer to items.yaml.",
)
ITEMS_NOT_CONFIRMED = Code(
    "HUB-PRV-014",
    "{table} の{item}の項でこの受信者に渡す項目の決定は、確認されるまで使えません",
    "The decision on this recipient's items under item {item} of {table} is denied until it is confirmed.",
    "二人の確認を受けてください(docs/provisions.md)。",
    "Have two persons confirm it (docs/provisions.md).",
)
ITEM_NOT_ALLOWED = Code(
    "HUB-PRV-015",
    "{table} の{item}の項でこの受信者に渡せない項目があります: {items}",
    "Items that this recipient may not have under item {item} of {table}: {items}.",
    "送信側で項目を除いてください。要る項目なら、items.yaml に理由のある決定を加えてください。",
    "Leave the items out at the sender, or add a reasoned decision to items.yaml.",
)

FILE_MISSING = Code(
    "HUB-PRV-101",
    "根拠の表のファイルがありません: {file}",
    "A file of the provisions is missing: {file}.",
    "配布物のとおり七つのファイルを置いてください。",
    "Put the seven files in place as distributed.",
)
FILE_UNKNOWN = Code(
    "HUB-PRV-102",
    "根拠の表に知らないファイルがあります: {file}",
    "A file among the provisions is unknown: {file}.",
    "ファイルを取り除くか、名前を直してください。",
    "Remove the file or correct its name.",
)
TABLE_MISNAMED = Code(
    "HUB-PRV-103",
    "{file}: 表の名前がファイルの名前と違います: {value}",
    "{file}: the table's name is not that of its file: {value}.",
    "table をファイル名に合わせてください。",
    "Make `table` equal to the file's name.",
)
TWICE = Code(
    "HUB-PRV-104",
    "{file}: {path} が二度あります: {value}",
    "{file}: {path} stands twice: {value}.",
    "どちらか一方にしてください。",
    "Keep only one of them.",
)
INCOMPLETE = Code(
    "HUB-PRV-105",
    "{file}: {path} に {value} がありません(行にも defaults にも)",
    "{file}: {path} has no {value}, neither in the row nor in defaults.",
    "書き足してください。",
    "Add it.",
)
CONTRADICTION = Code(
    "HUB-PRV-106",
    "{file}: {path} の {value} は規則に反します: {rule}",
    "{file}: {value} at {path} breaks a rule: {rule}.",
    "規則に合うように直してください。",
    "Correct it so that the rule holds.",
)
NO_SUCH_THING = Code(
    "HUB-PRV-107",
    "{file}: {path} が指すものがありません: {value}",
    "{file}: what {path} names does not exist: {value}.",
    "綴りと、指す先の表を確かめてください。",
    "Check the spelling and the table it points to.",
)
