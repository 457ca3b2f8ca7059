"""HUB-RTE: routes and the connections that the document forbids (domain.md 1.3, X1-X11)."""

from hub.errors import Code

NO_ROUTE = Code(
    "HUB-RTE-001",
    "承認された経路がありません: {sender} → {recipient} 種別 {type}",
    "There is no approved route: {sender} -> {recipient}, type {type}.",
    "routing.yaml に承認(決裁番号)つきの経路があるか確かめてください。",
    "Check routing.yaml for a route with its approval.",
)
UNKNOWN_ENDPOINT = Code(
    "HUB-RTE-002",
    "この区画にない接続先です: {endpoint}",
    "Endpoint unknown in this zone: {endpoint}.",
    "接続先の名前と区画を確かめてください。",
    "Check the endpoint's name and zone.",
)
FORBIDDEN = Code(
    "HUB-RTE-003",
    "評価書が禁じる接続です({rule}): {sender} → {recipient}",
    "The document forbids this connection ({rule}): {sender} -> {recipient}.",
    "この接続は設定では開けません。",
    "No configuration can open this connection.",
)
FORBIDDEN_ZONE = Code(
    "HUB-RTE-004",
    "一つの区画に CS と {other} を置けません({rule})",
    "One zone must not hold CS and {other} ({rule}).",
    "CS は区画 juki-net に、共通機能などは kikan に分けてください。",
    "Keep CS in juki-net and the others in kikan.",
)
UNKNOWN_KEY = Code(
    "HUB-RTE-005",
    "{file}: {path} に知らない項目があります: {value}",
    "{file}: unknown key at {path}: {value}.",
    "綴りを確かめるか、項目を取り除いてください。",
    "Check the spelling or remove the key.",
)
MISSING_KEY = Code(
    "HUB-RTE-006",
    "{file}: {path} に必要な項目がありません: {value}",
    "{file}: missing key at {path}: {value}.",
    "項目を書き足してください。",
    "Add the key.",
)
BAD_VALUE = Code(
    "HUB-RTE-007",
    "{file}: {path} の値が使えません: {value}(必要な形: {expected})",
    "{file}: unusable value at {path}: {value} (expected {expected}).",
    "値を直してください。",
    "Correct the value.",
)
DUPLICATE = Code(
    "HUB-RTE-008",
    "{file}: {path} が重複しています: {value}",
    "{file}: duplicate at {path}: {value}.",
    "どちらか一方にしてください。",
    "Keep only one of them.",
)
NO_APPROVAL = Code(
    "HUB-RTE-009",
    "{file}: {path} に承認(決裁番号・日付・承認者)がありません",
    "{file}: no approval (number, date, approver) at {path}.",
    "番号法の取扱い要綱第5、6条に従い、承認を受けて書き足してください。",
    "Get the approval and record it (X9).",
)
NOT_YAML = Code(
    "HUB-RTE-010",
    "{file}: 読めない YAML です: 行 {line}",
    "{file}: not readable as YAML: line {line}.",
    "字下げと記号を確かめてください。",
    "Check indentation and punctuation.",
)
NO_PROVISION = Code(
    "HUB-RTE-011",
    "{file}: {path} の根拠が表にありません: {value}",
    "{file}: the provision named at {path} is in no table: {value}.",
    "表の名前と項を確かめてください。",
    "Check table and item.",
)
ROW_NOT_APPROVED = Code(
    "HUB-RTE-012",
    "経路 {route} は、この根拠({table} の項 {item})について承認されていません",
    "Route {route} was not approved for this row ({table} item {item}).",
    "根拠の項を確かめるか、経路の承認を受けて routing.yaml に書き足してください。",
    "Check the row, or get the route approved for it and add it to routing.yaml.",
)
