"""HUB-ZON: the process that serves a zone, and talking to it by socket (design section 5)."""

from hub.errors import Code

OWNER_SILENT = Code(
    "HUB-ZON-001",
    "ホームを使っているプロセスが応答しません",
    "The process that owns the home does not answer.",
    "プロセスが動いているか確かめ、しばらくしてからやり直してください。",
    "See whether the process runs, and try again a little later.",
)
STOPPING = Code(
    "HUB-ZON-002",
    "区画は停止の途中です",
    "The zone is stopping.",
    "再開してからやり直してください。受領証のない電文は記録されていません。",
    "Try again when it is back; what has no receipt was not recorded.",
)
REQUEST = Code(
    "HUB-ZON-003",
    "ソケットの要求が規定の形ではありません: {what}",
    "The request by socket is malformed: {what}.",
    "hub の版をそろえてください。",
    "Use the same release of hub on both sides.",
)
LATCHED = Code(
    "HUB-ZON-004",
    "区画は異常を検知して止まりました({stop})",
    "The zone met an inconsistency and stopped ({stop}).",
    "hub log verify で記録を確かめ、原因を取り除いてから起動してください。",
    "Run hub log verify, remove the cause, and start again.",
)
PROCESS_ENDED = Code(
    "HUB-ZON-005",
    "プロセス {name} が終わってしまいました(終了コード {exit})",
    "The process {name} ended by itself (exit code {exit}).",
    "run/ の記録を確かめ、同じ条件でもう一度実行すると続きから再開します。",
    "See its log in run/; the same command again goes on from where it stopped.",
)
NO_PORT = Code(
    "HUB-ZON-010",
    "ポート {port} で待ち受けられません({reason})",
    "Port {port} cannot be listened on ({reason}).",
    "使っているプロセスを止めるか、--port で別のポートを指定してください。",
    "Stop whoever uses it, or name another with --port.",
)
