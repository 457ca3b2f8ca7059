"""HUB-JNL: the journal's database, the home that holds it, and the clock (design sections 2, 3 and 5)."""

from hub.errors import Code

EXISTS = Code(
    "HUB-JNL-001",
    "データベースが既にあります({place})。作り直しません。",
    "The database exists already ({place}); it is never made anew.",
    "既存のホームを使うか、別のディレクトリを指定してください。",
    "Use the existing home, or name another directory.",
)
MISSING = Code(
    "HUB-JNL-002",
    "データベースがありません({place})。自動では作成しません。",
    "The database is missing ({place}); it is never made silently.",
    "`hub init` を実行するか、バックアップから戻してください。",
    "Run `hub init`, or restore a backup.",
)
OUTDATED = Code(
    "HUB-JNL-003",
    "ジャーナルの版 {found} は古く、このプログラムは版 {wanted} を必要とします。",
    "The journal is at revision {found}; this program needs revision {wanted}.",
    "バックアップを取ってから `hub journal upgrade` を実行してください。",
    "Take a backup, then run `hub journal upgrade`.",
)
NEWER = Code(
    "HUB-JNL-004",
    "ジャーナルの版 {found} は、このプログラム(版 {wanted})より新しいか、知らない版です。",
    "The journal is at revision {found}, which is newer than this program's {wanted} or unknown to it.",
    "ジャーナルを作った版以降の hub を使ってください。",
    "Use the release of hub that wrote the journal, or a later one.",
)
DAMAGED = Code(
    "HUB-JNL-005",
    "データベースが壊れているか、読めない形です({place}、原因 {reason})。",
    "The database is damaged or not in its form ({place}, cause {reason}).",
    "停止したまま、ファイルを保全し、`hub log verify` で範囲を確かめ、バックアップから戻してください。",
    "Keep the hub stopped and the files safe, find the range with `hub log verify`, and restore a backup.",
)
UNAVAILABLE = Code(
    "HUB-JNL-006",
    "データベースに書けません、または読めません({place}、原因 {reason})。何も受け付けていません。",
    "The database cannot be written or read ({place}, cause {reason}); nothing was accepted.",
    "空き容量、権限、ディスクの状態を確かめてください。自動で再試行します。",
    "Check free space, permissions and the disk; the hub retries by itself.",
)
IN_DOUBT = Code(
    "HUB-JNL-007",
    "確定の途中で失敗し、保存されたか不明です({place}、原因 {reason})。",
    "The commit failed half-way and may or may not be stored ({place}, cause {reason}).",
    "hub は保存された末尾を読み直して続けます。繰り返すときはディスクを確かめてください。",
    "The hub reads the stored end again and goes on; if it repeats, check the disk.",
)
LOCKED = Code(
    "HUB-JNL-008",
    "ほかのプロセスがデータベースを使用中です({place})。",
    "Another process holds the database ({place}).",
    "同じホームを使うプロセスやバックアップを終えてから、やり直してください。",
    "End the other process or backup that uses this home, then retry.",
)
SIZE_DIFFERS = Code(
    "HUB-JNL-009",
    "交換記録の件数が合いません: 保存 {stored} 件、前提 {expected} 件。",
    "The exchange log has another size than the commit builds on: stored {stored}, expected {expected}.",
    "停止しました。ほかのプロセスが書いていないか確かめ、再起動してください。",
    "The hub stopped. Make sure that no other process writes, then restart.",
)
COMMIT_MALFORMED = Code(
    "HUB-JNL-010",
    "確定しようとした内容に矛盾があります(規則 {rule})。何も保存していません。",
    "What was to be committed contradicts itself (rule {rule}); nothing was stored.",
    "プログラムの誤りです。診断情報を添えて報告してください。",
    "This is a program fault; report it with the diagnostics.",
)
CONFLICT = Code(
    "HUB-JNL-011",
    "保存済みの行と矛盾するため、確定できません({place})。",
    "A stored row contradicts the commit ({place}); nothing was stored.",
    "停止しました。`hub log verify` で交換記録を検証してください。",
    "The hub stopped. Verify the exchange log with `hub log verify`.",
)
NODES_MISSING = Code(
    "HUB-JNL-012",
    "交換記録の木の節が欠けています(段 {level}、位置 {index})。",
    "A node of the exchange log's tree is missing (level {level}, index {index}).",
    "`hub log verify` で範囲を確かめてください。",
    "Find the range with `hub log verify`.",
)
NOT_WAITING = Code(
    "HUB-JNL-013",
    "待っていない配達の状態を変えようとしました({count} 件)。何も保存していません。",
    "The commit moves {count} deliveries that do not exist or are already settled; nothing was stored.",
    "プログラムの誤りです。診断情報を添えて報告してください。",
    "This is a program fault; report it with the diagnostics.",
)
BODY_ERASED = Code(
    "HUB-JNL-014",
    "保存期限により本文を消去したため、配達を終えました。",
    "The delivery ended because its body was erased on its due day.",
    "必要なら、送信元が新しい電文で送り直してください。",
    "If it is still needed, the sender must send a new message.",
)
HOME_IN_USE = Code(
    "HUB-JNL-015",
    "ほかのプロセスがこのホームを使用中です。",
    "Another process owns this home.",
    "動いている hub を止めるか、そのソケット経由で操作してください。",
    "Stop the running hub, or go through its socket.",
)
CLOCK_WENT_BACK = Code(
    "HUB-JNL-016",
    "システム時計が {milliseconds} ミリ秒戻りました。記録の時刻を保証できないため停止します。",
    "The system clock went back by {milliseconds} ms; the hub stops, for it cannot vouch for its times.",
    "時刻同期を直し、時計が進んでから再起動してください。",
    "Mend the time synchronisation, and restart once the clock has passed.",
)
FILE_FAILED = Code(
    "HUB-JNL-017",
    "ファイルを書けません、または読めません({place}、原因 {reason})。",
    "A file cannot be written or read ({place}, cause {reason}).",
    "空き容量と権限を確かめてください。",
    "Check free space and permissions.",
)
SERVER_UNFIT = Code(
    "HUB-JNL-018",
    "データベースサーバの設定では記録を守れません({place}): {setting} = {found}(必要: {wanted})。",
    "The database server cannot keep what it says ({place}): {setting} = {found}, wanted {wanted}.",
    "サーバの設定を直してください。緩めて使うことはできません。",
    "Mend the server's configuration; the hub does not work with less.",
)
PASSWORDS_OPEN = Code(
    "HUB-JNL-019",
    "パスワードファイルを持ち主以外が読めます、または読めない形です: {path}",
    "The password file can be read by others than its owner, or is no plain file: {path}.",
    "chmod 600 とし、パスワードが漏れた場合は改めてください。",
    "Make it mode 0600, and change the password if it was seen.",
)
MOVE_UNFINISHED = Code(
    "HUB-JNL-020",
    "このデータベースへのジャーナルの移動は終わっていません。",
    "The move of the journal into this database is not finished.",
    "`hub journal move` をもう一度実行すると、続きから行います。",
    "Run `hub journal move` again; it goes on where it stopped.",
)
MOVE_OF_OTHER = Code(
    "HUB-JNL-021",
    "移動先のデータベースには、別の記録、または移動の途中で変わった記録の写しがあります。何も変えていません。",
    "The database holds a copy of another log, or of this one as it was before the zone ran again; nothing was changed.",
    "空のデータベースを作り、そこへ移動してください。元のジャーナルはそのままです。",
    "Make an empty database and move there; the journal itself is untouched.",
)
MOVE_DIFFERS = Code(
    "HUB-JNL-022",
    "写した内容が元と一致しません(表 {table})。元のジャーナルを使い続けます。",
    "The copy differs from the journal (table {table}); the home goes on with the journal that it has.",
    "空のデータベースでやり直し、繰り返すときは `hub log verify` で元のジャーナルを検証してください。",
    "Begin anew with an empty database; if it repeats, verify the journal with `hub log verify`.",
)
ALREADY_MOVED = Code(
    "HUB-JNL-023",
    "ジャーナルはすでに別のデータベースにあります。",
    "The journal lies in another database already.",
    "hub.yaml の engine.journal を確かめてください。",
    "See engine.journal in hub.yaml.",
)
NO_CONNECTION = Code(
    "HUB-JNL-024",
    "データベースサーバに接続できない、または接続が切れました({place})。何も受け付けていません。",
    "There is no connection to the database server, or it broke ({place}); nothing was accepted.",
    "サーバが動いているか、hub.yaml の engine.journal、keys/journal.pgpass、接続数を確かめてください。理由はサーバのログにあります。自動で再試行します。",
    "See that the server runs, then engine.journal in hub.yaml, keys/journal.pgpass and the number of connections; the server's log says why. The hub retries by itself.",
)
