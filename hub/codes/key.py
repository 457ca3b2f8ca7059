"""HUB-KEY: the key store and the log's signer (design section 3, Erasure and Stamp)."""

from hub.errors import Code

STORE_VERSION = Code(
    "HUB-KEY-001",
    "鍵庫の版 {found} を、このプログラム(版 {wanted})は扱えません。",
    "The key store is at version {found}; this program knows version {wanted}.",
    "鍵庫を作った版以降の hub を使ってください。",
    "Use the release of hub that wrote the key store, or a later one.",
)
MASTER_MALFORMED = Code(
    "HUB-KEY-002",
    "主鍵の長さが {size} バイトです(必要 32 バイト)。",
    "The master key has {size} bytes; it needs 32.",
    "keys/master.key を確かめてください。",
    "Check keys/master.key.",
)
MASTER_WRONG = Code(
    "HUB-KEY-003",
    "主鍵がこの鍵庫のものではありません。",
    "The master key is not the one of this key store.",
    "鍵庫と同じときに作られた keys/master.key を戻してください。",
    "Restore the keys/master.key that was made with this key store.",
)
SECRET_UNREADABLE = Code(
    "HUB-KEY-004",
    "暗号化された記録を復号できません({what})。鍵または暗号文が変わっています。",
    "An encrypted record cannot be opened ({what}): its key or its ciphertext was changed.",
    "停止しました。ジャーナルと鍵庫が同じホームのものか確かめてください。",
    "The hub stopped. Make sure that journal and key store belong to the same home.",
)
STORE_BEHIND = Code(
    "HUB-KEY-005",
    "鍵庫がジャーナルより古い状態です(鍵庫 {store}、ジャーナル {journal})。",
    "The key store is older than the journal (key store {store}, journal {journal}).",
    "古い鍵庫を戻していないか確かめてください。消去済みの鍵が戻っている恐れがあります。",
    "See whether an old key store was restored; keys that were destroyed may be back.",
)
KEY_GONE = Code(
    "HUB-KEY-006",
    "暗号文はありますが、その鍵がありません({count} 件)。",
    "{count} ciphertexts have no key.",
    "鍵庫が失われたか、古いものに戻っています。バックアップの組を確かめてください。",
    "The key store was lost or rolled back; check which backups belong together.",
)
SHRED_UNCONFIRMED = Code(
    "HUB-KEY-007",
    "鍵は削除しましたが、先行書込みファイルからの消去を確かめられません。消去は完了していません。",
    "The keys are deleted, but not yet proven gone from the write-ahead file; the erasure is not complete.",
    "自動で再試行します。繰り返すときは、鍵庫を読むほかのプロセスを止めてください。",
    "The hub retries; if it repeats, stop other processes that read the key store.",
)
LOG_KEY_MALFORMED = Code(
    "HUB-KEY-008",
    "交換記録の署名鍵を読めません(Ed25519、PKCS#8 PEM である必要があります)。",
    "The log key cannot be read; it must be Ed25519 in PKCS#8 PEM.",
    "keys/ の署名鍵を確かめてください。",
    "Check the log key in keys/.",
)
MEMORY_EXISTS = Code(
    "HUB-KEY-009",
    "署名者の控えが既にあります。作り直しません。",
    "The signer's memory exists already; it is never made anew.",
    "既存のホームを使ってください。",
    "Use the existing home.",
)
MEMORY_DAMAGED = Code(
    "HUB-KEY-010",
    "署名者の控えがないか、壊れているか、別の記録のものです(原因 {reason})。",
    "The signer's memory is missing, damaged or another log's (cause {reason}).",
    "停止しました。外部に保管したチェックポイントと `hub log verify --checkpoint` で照合してください。",
    "The hub stopped. Compare with a checkpoint kept elsewhere: `hub log verify --checkpoint`.",
)
HEAD_DIFFERS = Code(
    "HUB-KEY-011",
    "交換記録の末尾(件数 {size})が、署名者の控え(件数 {signed})と一致しません。巻き戻し又は差し替えの疑いがあります。",
    "The log's end (size {size}) is not what the signer remembers (size {signed}): rolled back or replaced.",
    "停止しました。ジャーナルを保全し、外部のチェックポイントと照合してください。",
    "The hub stopped. Keep the journal safe and compare it with a checkpoint kept elsewhere.",
)
BACKUP_FAILED = Code(
    "HUB-KEY-013",
    "鍵庫の控えを作れないか、読めません(原因 {reason})。",
    "A backup of the key store cannot be made or read (cause {reason}).",
    "控えのフォルダがあるか(作られません)、空き容量と権限を確かめてください。直るまで、消去は完了になりません。",
    "See whether the folder is there (it is never made), has room and may be written. Until then no erasure counts as done.",
)
NO_BACKUPS = Code(
    "HUB-KEY-014",
    "鍵庫の控えの置き場所が決まっていません。",
    "No place is named for backups of the key store.",
    "hub.yaml の key_backups に folder を書いてください(journal の控えとは別の場所)。",
    "Write folder under key_backups in hub.yaml; another place than the journal's backups.",
)
GENERATION_AWAY = Code(
    "HUB-KEY-015",
    "鍵庫の控え {name} が、あるはずの場所にありません。",
    "The generation {name} of the key store is not where it should be.",
    "控えのフォルダが接続されているか確かめてください。失われたのなら keystore/generations.txt から名前を除きます(消去の完了はそれまで記録されません)。",
    "See whether its folder is mounted. If it is lost, take its name out of keystore/generations.txt; until then no erasure is done.",
)
LOG_KEY_OTHER = Code(
    "HUB-KEY-016",
    "keys/log.key は、鍵一覧が発信元名 {origin} について示す鍵ではありません。",
    "keys/log.key is not the key that the key list names for {origin}.",
    "鍵の交替が途中なら、同じ鍵一覧で hub log key take をもう一度実行してください。",
    "If a change of the key was interrupted, run hub log key take again with the same key list.",
)
NO_REQUEST = Code(
    "HUB-KEY-017",
    "鍵の交替の依頼ファイルではありません。",
    "This is not a request for another log key.",
    "hub log key next が書いたファイルを、変えずに渡してください。",
    "Give the file that hub log key next wrote, unchanged.",
)
NOT_ITS_END = Code(
    "HUB-KEY-018",
    "依頼にあるチェックポイントは、発信元名 {origin} の終わりになりません。",
    "The checkpoint of the request cannot be the end of {origin}.",
    "記録のない交換記録の鍵は替えられません。それ以外は、鍵一覧がこのホームのものか確かめてください。",
    "The key of a log without entries cannot be changed. Else see whether the key list is this home's.",
)
NAME_TAKEN = Code(
    "HUB-KEY-019",
    "次の発信元名 {origin} は使えません(既にあるか、形が正しくない)。",
    "The next origin cannot be {origin}: it is taken, or no name.",
    "--origin に、これまで使っていない名前を指定してください。",
    "Give --origin a name that was never used.",
)
OTHER_LIST = Code(
    "HUB-KEY-020",
    "鍵一覧が示す {origin} の鍵は、このホームが依頼したものではないか、依頼の後に記録が増えています。",
    "The key list names a key for {origin} that this home did not ask for, or entries were recorded since.",
    "ハブを止め、hub log key next からやり直してください。",
    "Stop the hub and begin again with hub log key next.",
)
UNSEEN_END = Code(
    "HUB-KEY-021",
    "終わりのチェックポイント(大きさ {size})に、信頼する証人の署名も時刻印もありません。",
    "The last checkpoint (size {size}) bears no cosignature and no timestamp that you trust.",
    "hub log cosign か hub log timestamp の後に依頼し直し、--witness か --ca を指定してください。頼める相手がないときだけ --unwitnessed を。",
    "Ask again after hub log cosign or hub log timestamp, and give --witness or --ca. --unwitnessed only where there is nobody to ask.",
)
STORE_WHOLE = Code(
    "HUB-KEY-022",
    "鍵庫は失われていません。戻すものはありません。",
    "The key store is whole; there is nothing to restore.",
    "鍵庫が壊れたとき、なくなったとき、又はジャーナルより古いときだけ使ってください。",
    "This is for a key store that is damaged, gone, or older than the journal.",
)
NO_GENERATION = Code(
    "HUB-KEY-023",
    "鍵庫の控え {name} がありません。",
    "There is no generation {name} of the key store.",
    "hub keystore list で控えを確かめてください。",
    "See hub keystore list.",
)
BEFORE_ITS_TIME = Code(
    "HUB-KEY-024",
    "今の記録鍵は {since} から有効です。この機械の時計はまだその前です。",
    "The log key holds from {since} on; this machine's clock is still before that.",
    "時計を確かめてください。正しければ、その時刻まで待ってから起動してください。",
    "See whether the clock is right; if it is, start the hub when that time has come.",
)
STILL_HELD = Code(
    "HUB-KEY-025",
    "鍵庫の控え {name} は、あきらめようとする記録の鍵をまだ {count} 持っています。",
    "The generation {name} still holds {count} keys of what is to be given up.",
    "今の keystore/keys.sqlite を別の場所に移し、hub keystore restore --generation でその控えを戻してください。",
    "Move keystore/keys.sqlite elsewhere and restore that generation: hub keystore restore --generation.",
)
RESTORING = Code(
    "HUB-KEY-026",
    "鍵庫を控えから戻す作業が途中です。",
    "A restore of the key store is half done.",
    "hub keystore restore をもう一度実行して終わらせてください。",
    "Run hub keystore restore again; it finishes.",
)
LOG_AHEAD = Code(
    "HUB-KEY-027",
    "交換記録の最も新しい時刻が時計より先です。次の鍵は {time} からしか使えません。",
    "The log's latest time is ahead of the clock: the next key could be used only from {time} on.",
    "時計を確かめてください。壊れた記録なら hub log verify が示します。",
    "See whether the clock is right; a damaged entry shows with hub log verify.",
)
