"""HUB-RTE: routes and the connections that the document forbids (domain.md 1.3, X1-X11)."""

from hub.errors import Code

NO_ROUTE = Code(
    "HUB-RTE-001",
    "回答が戻る経路がありません: {sender} → {recipient} 種別 {type}",
    "There is no route for an answer to go back on: {sender} -> {recipient}, type {type}.",
    "回答は、承認された経路で届いた電文の送信者にだけ返せます。",
    "An answer goes back to a sender whose messages come on an approved route, and to nobody else.",
)
UNKNOWN_ENDPOINT = Code(
    "HUB-RTE-002",
    "この区画にない接続先です: {endpoint}",
    "Endpoint unknown in this zone: {endpoint}.",
    "接続先の名前と区画を確かめてください。",
    "Check the endpoint's name and zone.",
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

# --- X1 to X11: one code a rule, its number is 12 and the rule's --------------------------------------------------------------

_CLOSED = "この接続は設定では開けません。"
_CLOSED_EN = "No configuration can open this connection."
CS_AND_ATENA = Code(
    "HUB-RTE-013",
    "評価書が禁じる接続です(X1、L1170・L1315): CS と情報連携プラットフォーム(共通機能)は接続しない: {way}",
    "The document forbids this connection (X1, L1170, L1315: the CS is never connected to the 共通機能): {way}.",
    "この接続は設定では開けません。CS は区画 juki-net に、共通機能は kikan に置いてください。",
    "No configuration can open it. Keep the CS in the zone juki-net and the 共通機能 in kikan.",
)
CS_AND_JUKI_ONLY = Code(
    "HUB-RTE-014",
    "評価書が禁じる接続です(X2、L1171): CS と接続する庁内システムは住民記録システムだけで、住基ネットの電文はこの間だけを通る: {way}",
    "The document forbids this connection (X2, L1171: of the ward's systems 住記 alone reaches the CS, and what is for 住基ネット passes between these two): {way}.",
    "この接続は設定では開けません。CS の区画 juki-net には住民記録システムだけを置いてください。",
    "No configuration can open it. Keep 住記 alone with the CS in the zone juki-net.",
)
FILES_AND_NETWORK = Code(
    "HUB-RTE-015",
    "評価書が禁じる接続です(X3、L1232・L1377・L169): 本人確認情報・送付先情報と住基事務の情報照会は情報提供ネットワークへ行かない: {way}",
    "The document forbids this (X3, L1232, L1377, L169: files 2 and 3, and enquiries of 住基事務, never go towards the network): {way}.",
    _CLOSED,
    _CLOSED_EN,
)
JUKI_AND_OUTSIDE = Code(
    "HUB-RTE-016",
    "評価書が禁じる接続です(X4、L1027): 住民記録システムは住基ネット以外と外部接続しない: {way}",
    "The document forbids this connection (X4, L1027: 住記 has no outside link but 住基ネット): {way}.",
    "この接続は設定では開けません。中間サーバーへは共通機能を通してください。",
    "No configuration can open it. What is for the 中間サーバー goes through the 共通機能.",
)
INTERNET = Code(
    "HUB-RTE-017",
    "このプロセスは庁外へ接続しません(X5、L1119: 基幹系はインターネットに接続しない)",
    "This process makes no connection to the outside (X5, L1119: the 基幹系 segment never reaches the internet).",
    "接続先は同じ機器のソケットで動かしてください。呼び出した部品を調べ、原因が分かるまで再開しないでください。",
    "Partners are reached by sockets of this machine. Find out which part asked for it before you start again.",
)
NUMBER_AND_REGISTER = Code(
    "HUB-RTE-018",
    "戸籍との間では番号を運べません(X6、L1034): {way}",
    "No number travels to or from 戸籍 (X6, L1034): {way}.",
    "送信側で、項目と文から個人番号・住民票コード・団体内統合宛名番号を除いてください。設定では変えられません。",
    "Leave 個人番号, 住民票コード and 団体内統合宛名番号 out of items and texts at the sender. No configuration can change it.",
)
OTHER_BODY = Code(
    "HUB-RTE-019",
    "他団体のものです(X7、L1130: 団体ごとに分ける): この環境の団体コードと一致しません: {way}",
    "It belongs to another municipality (X7, L1130: bodies are kept apart): the code is not this hub's: {way}.",
    "接続先、hub.yaml、routing.yaml の団体コードを確かめてください。",
    "Check the municipality code of the sender, of hub.yaml and of routing.yaml.",
)
FILES_FROM_JUKI_ONLY = Code(
    "HUB-RTE-020",
    "評価書が禁じる接続です(X8、L1166・L1293・L1298): 本人確認情報・送付先情報の入手元は住民記録システムだけ: {way}",
    "The document forbids this (X8, L1166, L1293, L1298: what goes into files 2 and 3 comes from 住記 alone): {way}.",
    _CLOSED,
    _CLOSED_EN,
)
NOT_APPROVED = Code(
    "HUB-RTE-021",
    "根拠と承認(決裁番号・日付・承認者)の記録された経路がありません(X9、L1087): {way}",
    "There is no route with a recorded ground and approval (number, date, approver; X9, L1087): {way}.",
    "取扱い要綱第5、6条に従い、承認を受けて routing.yaml に書き足してください。",
    "Get the approval (取扱い要綱 articles 5 and 6) and record it in routing.yaml.",
)
INSIDE_OTHERS = Code(
    "HUB-RTE-022",
    "ハブの経路に乗らない接続先です(X10、L599-647・L1128): 住基ネットと中間サーバーの先は連携機能の向こうで動く: {way}",
    "This is on no route of a hub (X10, L599-647, L1128: 住基ネット and what lies behind the 中間サーバー run behind a connector): {way}.",
    _CLOSED,
    _CLOSED_EN,
)
ANNEX_1_ON_HUB = Code(
    "HUB-RTE-023",
    "別紙1(kou2)の項はハブの電文の根拠にできません(X11、L325: 情報提供ネットワークシステムだけ): {way}",
    "No message of the hub may claim a row of 別紙1 (kou2; X11, L325: 情報提供ネットワークシステム alone): {way}.",
    "経路に合う根拠を選んでください。",
    "Claim the row that fits the route.",
)
