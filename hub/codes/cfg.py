"""HUB-CFG: homes and their configuration (design section 5)."""

from hub.errors import Code

HOME_EXISTS = Code(
    "HUB-CFG-001",
    "ホームがすでにあります: {path}",
    "The home exists already: {path}.",
    "そのホームを使うか、--home で別の場所を指定してください。作り直すことはありません。",
    "Use that home, or name another place with --home; a home is never made anew.",
)
NO_HOME = Code(
    "HUB-CFG-002",
    "ホームがありません: {path}",
    "There is no home at {path}.",
    "hub init で作ってください。",
    "Make one with hub init.",
)
DEVELOPMENT_IN_PRODUCTION = Code(
    "HUB-CFG-003",
    "{file}: 本番環境に開発用ホームは使えません",
    "{file}: a development home cannot be used in production.",
    "接続先ごとに鍵を分けた本番用ホームを作ってください。",
    "Make a production home in which each endpoint keeps its own key.",
)
MISSING_FILE = Code(
    "HUB-CFG-004",
    "ホームに必要なファイルがありません: {path}",
    "A file of the home is missing: {path}.",
    "控えから戻してください。作り直してはいけません(鍵・記録は作り直せません)。",
    "Restore it from the backup; keys and records cannot be made anew.",
)
NOT_DEVELOPMENT = Code(
    "HUB-CFG-005",
    "この操作は、その接続先自身のホームか開発用ホームでのみ行えます: {endpoint}",
    "This can be done only in the endpoint's own home or in a development home: {endpoint}.",
    "その接続先のホームで実行してください。",
    "Run it in that endpoint's home.",
)
UNKNOWN_ZONE = Code(
    "HUB-CFG-006",
    "{file}: {path} に区画がありません: {value}",
    "{file}: no such zone at {path}: {value}.",
    "区画の名前を確かめてください。",
    "Check the zone's name.",
)
FINISHED = Code(
    "HUB-CFG-008",
    "このデモは終わっています: {path}",
    "This demo is finished: {path}.",
    "--fresh を付けると、消して最初から行います。",
    "Use --fresh to erase it and start again.",
)
OTHER_DEMO = Code(
    "HUB-CFG-009",
    "このホームには別の条件のデモがあります: {name} = {found}(指定は {wanted})",
    "This home holds a demo with other settings: {name} = {found} (asked for {wanted}).",
    "同じ条件で再開するか、--fresh を付けてください。",
    "Resume with the same settings or use --fresh.",
)
DEMONSTRATION = Code(
    "HUB-CFG-010",
    "本番環境では、実演用の項目決定({count} 件)を根拠にできません",
    "Production cannot rely on demonstration decisions about items ({count}).",
    "items.yaml の決定を区の決定に改め、実演(demonstration)の印を外してください。",
    "Replace them in items.yaml by decisions of the ward.",
)
NOT_A_DEMO = Code(
    "HUB-CFG-011",
    "デモではないものがあります: {path}",
    "What lies there is no demo: {path}.",
    "--home で別の場所を指定してください。何も消していません(--fresh が消すのはデモだけです)。",
    "Name another place with --home. Nothing was erased; --fresh erases demos only.",
)
CHANGED_MEANWHILE = Code(
    "HUB-CFG-020",
    "このホームの設定は、起動した後に変わりました: {file}",
    "The configuration of this home has changed since it was started: {file}.",
    "区画を止めてから、もう一度起動してください。働いている工程は、始めたときの設定で判断します。",
    "Stop the zone and start it again: what works decides by the configuration it was started with.",
)
NO_ENGINE = Code(
    "HUB-CFG-021",
    "hub.yaml に engine がありません",
    "hub.yaml names no engine.",
    "このホームは組込みで動きます(hub run)。エンジンで動かすには docs/home.md の engine を書いてください。",
    "This home runs embedded (hub run). To run it on the engine write the engine section of docs/home.md.",
)
ENGINE_WANTED = Code(
    "HUB-CFG-022",
    "hub.yaml に engine があるホームは hub run では動きません",
    "A home whose hub.yaml names an engine does not run by hub run.",
    "hub serve を使ってください。",
    "Use hub serve.",
)
SEVERAL_KEYS = Code(
    "HUB-CFG-023",
    "開発用でないホームに、{count} の接続先の署名鍵があります",
    "A home that is no development home holds the signing keys of {count} endpoints.",
    "endpoints/ の鍵を、それぞれの接続先のホームへ移してください。一つのホームが署名するのは一つの接続先だけです。",
    "Move each key under endpoints/ to that endpoint's own home: one home signs for one endpoint.",
)
