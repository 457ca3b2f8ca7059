"""HUB-LOG: the exchange log, its proofs and its keys (docs/spec/exchange-log.md)."""

from hub.errors import Code

_KEEP_JA = "交換記録の証拠が一致しません。運用を止め、現物(ファイル、証印、チェックポイント)を保全して、監査担当へ連絡してください。"
_KEEP_EN = "The evidence does not agree. Stop, keep the originals (files, stamps, checkpoints), and tell the auditors."
_FILE_JA = "ファイルが途中で切れていないか、別の種類のファイルでないか確かめ、発行元から取り直してください。"
_FILE_EN = "Check that the file is complete and of the right kind, and get it again from its issuer."
_STAMP_JA = "この電文を業務に使わないでください。電文と証印を保全し、ハブの管理者に照会してください。"
_STAMP_EN = "Do not use this message. Keep it with its stamp and ask the hub's operator."

# --- forms
ENTRY_MALFORMED = Code(
    "HUB-LOG-001",
    "記録の形式が正しくありません(第1版の正規形ではない)",
    "An entry is not in the canonical form of version 1.",
    _KEEP_JA,
    _KEEP_EN,
)
NOTE_MALFORMED = Code(
    "HUB-LOG-002",
    "署名付きノートの形式が正しくありません",
    "This is not a signed note (c2sp.org/signed-note) in its one form.",
    _FILE_JA,
    _FILE_EN,
)
CHECKPOINT_MALFORMED = Code(
    "HUB-LOG-003",
    "チェックポイントの形式が正しくありません",
    "This is not a checkpoint (c2sp.org/tlog-checkpoint) without extension lines, signed under its origin.",
    _FILE_JA,
    _FILE_EN,
)
PROOF_MALFORMED = Code(
    "HUB-LOG-004",
    "証印又は受領証の形式が正しくありません",
    "This is not a proof (c2sp.org/tlog-proof@v1) in its one form.",
    _FILE_JA,
    _FILE_EN,
)
KEYLIST_MALFORMED = Code(
    "HUB-LOG-005",
    "鍵一覧の形式が正しくありません",
    "This is not a key list of version 1.",
    _FILE_JA,
    _FILE_EN,
)
KEY_MALFORMED = Code(
    "HUB-LOG-006",
    "検証鍵(vkey)の形式が正しくありません",
    "This is not an Ed25519 verifier key (vkey).",
    "「名前+ID+base64」の1行を、鍵の発行者から受け取ったとおりに設定してください。",
    "Configure the one line `name+id+base64` exactly as its owner gave it.",
)
EXPORT_MALFORMED = Code(
    "HUB-LOG-007",
    "書き出しファイルの{line}行目が形式に合いません",
    "Line {line} of the export is not of the format.",
    _FILE_JA,
    _FILE_EN,
)
EDGE_MALFORMED = Code(
    "HUB-LOG-008",
    "木の右端が大きさと合いません: 大きさ {size}、ハッシュ {hashes} 個",
    "The tree's right edge does not fit its size: size {size}, {hashes} hashes.",
    "交換記録の保管が壊れています。`hub log verify` で最初の誤りを特定してください。",
    "The log's storage is damaged: find the first bad index with `hub log verify`.",
)
NODES_UNREADABLE = Code(
    "HUB-LOG-009",
    "木の節を読み出せません: 必要 {wanted} 個、取得 {found} 個",
    "Stored nodes of the tree cannot be read: {wanted} wanted, {found} found.",
    "交換記録の保管が壊れています。`hub log verify` で最初の誤りを特定してください。",
    "The log's storage is damaged: find the first bad index with `hub log verify`.",
)

# --- signatures and proofs
NOTE_UNSIGNED = Code(
    "HUB-LOG-010",
    "鍵 {key} の署名がちょうど1行ではありません({lines} 行)",
    "There is not exactly one signature of the key {key} ({lines} lines).",
    "正しい鍵(固定した根の鍵、記録の鍵)で署名されたファイルか確かめてください。",
    "Check that the file is signed by the key that you pinned.",
)
NOTE_FORGED = Code(
    "HUB-LOG-011",
    "鍵 {key} の署名が成り立ちません。偽造又は破損です",
    "The signature of the key {key} does not hold: forged or damaged.",
    _KEEP_JA,
    _KEEP_EN,
)
INCLUSION_UNPROVEN = Code(
    "HUB-LOG-012",
    "記録 {index} が大きさ {size} の交換記録に含まれる証明が成り立ちません",
    "It is not proven that entry {index} stands in the log of size {size}.",
    _KEEP_JA,
    _KEEP_EN,
)
CONSISTENCY_UNPROVEN = Code(
    "HUB-LOG-013",
    "大きさ {old} の交換記録が大きさ {new} の先頭部分である証明が成り立ちません",
    "It is not proven that the log of size {old} is a prefix of that of size {new}.",
    _KEEP_JA,
    _KEEP_EN,
)
CONSISTENCY_MISSING = Code(
    "HUB-LOG-014",
    "大きさ {small} から {large} への整合性証明がありません",
    "The consistency proof from size {small} to {large} is missing.",
    "ハブから整合性証明を取り、もう一度確かめてください。出せない場合は改ざんを疑ってください。",
    "Get the proof from the hub and check again; if the hub cannot give it, suspect tampering.",
)
LOG_FORKED = Code(
    "HUB-LOG-015",
    "交換記録が分岐しています: 大きさ {small} と {large} のチェックポイントは同じ歴史ではありません",
    "The log is forked: the checkpoints of sizes {small} and {large} are not of one history.",
    _KEEP_JA,
    _KEEP_EN,
)
OTHER_LOG = Code(
    "HUB-LOG-016",
    "別の交換記録のものです(発信元名が異なる)",
    "This belongs to another log (another origin).",
    "どの区画のハブの証印かを確かめてください。",
    "Check from which zone's hub it came.",
)
SIGNER_BEHIND = Code(
    "HUB-LOG-017",
    "署名鍵の記憶より小さい交換記録には署名しません: 大きさ {size}、最後に署名した大きさ {last}",
    "The signer refuses a log smaller than its memory: size {size}, last signed {last}.",
    "古い控えを戻した疑いがあります。最新の控えに戻すか、監査担当の立会いで新しい発信元名で記録を始めてください。",
    "An old backup was probably restored: restore the newest one, or open a new origin together with the auditors.",
)
COMMITMENT_BROKEN = Code(
    "HUB-LOG-018",
    "非公開部が記録のコミットメントと一致しません",
    "A private part is not what its entry commits to.",
    _KEEP_JA,
    _KEEP_EN,
)

# --- keys
ORIGIN_UNKNOWN = Code(
    "HUB-LOG-020",
    "鍵一覧に発信元名 {origin} がありません",
    "The key list names no log {origin}.",
    "最新の鍵一覧を入手してください。",
    "Get the newest key list.",
)
KEY_NOT_IN_FORCE = Code(
    "HUB-LOG-021",
    "記録 {index} の時刻に、この記録の鍵は有効ではありません",
    "The log's key was not in force when entry {index} was recorded.",
    _KEEP_JA,
    _KEEP_EN,
)
KEYLIST_OLD = Code(
    "HUB-LOG-022",
    "鍵一覧が古いものです: 番号 {sequence}、手元の番号 {last}",
    "The key list is older than the one held: sequence {sequence}, held {last}.",
    "最新の鍵一覧を入手してください。古いものを渡した相手を確かめてください。",
    "Get the newest key list, and find out who passed on the old one.",
)
KEYLIST_FORKED = Code(
    "HUB-LOG-023",
    "同じ番号 {sequence} で内容の異なる鍵一覧があります",
    "There are two key lists with the sequence number {sequence}.",
    "根の鍵の管理者に、どちらを署名したか確かめてください。",
    "Ask the holder of the root key which of them was signed.",
)

# --- stamps and receipts
STAMP_NOT_PERMIT = Code(
    "HUB-LOG-030",
    "証印の記録 {index} は許可ではありません",
    "The stamp's entry {index} is not a permit.",
    _STAMP_JA,
    _STAMP_EN,
)
STAMP_NOT_EXCHANGE = Code(
    "HUB-LOG-031",
    "受領証の記録 {index} は電文の記録ではありません",
    "The receipt's entry {index} is not about a message.",
    _STAMP_JA,
    _STAMP_EN,
)
STAMP_RECIPIENT = Code(
    "HUB-LOG-032",
    "証印の記録 {index} の宛先が異なります",
    "The stamp's entry {index} names another recipient.",
    _STAMP_JA,
    _STAMP_EN,
)
STAMP_SENDER = Code(
    "HUB-LOG-033",
    "証印の記録 {index} の送信元が異なります",
    "The stamp's entry {index} names another sender.",
    _STAMP_JA,
    _STAMP_EN,
)
STAMP_TYPE = Code(
    "HUB-LOG-034",
    "証印の記録 {index} の種別又は版が異なります",
    "The stamp's entry {index} names another type or version.",
    _STAMP_JA,
    _STAMP_EN,
)
STAMP_MESSAGE = Code(
    "HUB-LOG-035",
    "証印の記録 {index} は別の電文のものです",
    "The stamp's entry {index} is of another message.",
    _STAMP_JA,
    _STAMP_EN,
)
STAMP_TENANT = Code(
    "HUB-LOG-036",
    "証印の記録 {index} の団体が異なります",
    "The stamp's entry {index} names another tenant.",
    _STAMP_JA,
    _STAMP_EN,
)
STAMP_ENVIRONMENT = Code(
    "HUB-LOG-037",
    "証印の記録 {index} の環境(本番、試験、実演)が異なります",
    "The stamp's entry {index} names another environment.",
    _STAMP_JA,
    _STAMP_EN,
)
STAMP_DIGEST = Code(
    "HUB-LOG-038",
    "証印の記録 {index} の要約値が受け取った電文と異なります",
    "The digest in the stamp's entry {index} is not that of the bytes received.",
    _STAMP_JA,
    _STAMP_EN,
)

# --- verification of a whole log
ENTRY_MISSING = Code(
    "HUB-LOG-050",
    "記録 {index} がありません",
    "Entry {index} is missing.",
    _KEEP_JA,
    _KEEP_EN,
)
ENTRY_CHANGED = Code(
    "HUB-LOG-051",
    "記録 {index} が保管されたハッシュと一致しません",
    "Entry {index} does not hash to the value stored with it.",
    _KEEP_JA,
    _KEEP_EN,
)
ENTRY_FOREIGN = Code(
    "HUB-LOG-052",
    "記録 {index} の発信元名又は時刻がこの交換記録の鍵と合いません",
    "Entry {index} is of another origin, or of a time in which the log's key was not in force.",
    _KEEP_JA,
    _KEEP_EN,
)
ENTRY_MISPLACED = Code(
    "HUB-LOG-053",
    "記録 {index} が本来の位置にありません",
    "Entry {index} does not stand where it was recorded.",
    _KEEP_JA,
    _KEEP_EN,
)
CONFIG_UNKNOWN = Code(
    "HUB-LOG-054",
    "記録 {index} が引用する設定の記録が、それより前にありません",
    "Entry {index} cites a configuration entry that does not stand before it.",
    _KEEP_JA,
    _KEEP_EN,
)
WITNESS_DIFFERS = Code(
    "HUB-LOG-055",
    "回答の記録 {index} が見た大きさ {size} のチェックポイントが、この交換記録のものと異なります",
    "The answer in entry {index} saw a checkpoint of size {size} that is not this log's.",
    _KEEP_JA,
    _KEEP_EN,
)
NODE_CHANGED = Code(
    "HUB-LOG-056",
    "木の節(段 {level}、記録 {index} から)がその下のハッシュと一致しません",
    "The node at level {level} over entry {index} is not the hash of what lies below it.",
    _KEEP_JA,
    _KEEP_EN,
)
NODE_MISSING = Code(
    "HUB-LOG-057",
    "木の節(段 {level}、記録 {index} から)がありません",
    "The node at level {level} over entry {index} is missing.",
    _KEEP_JA,
    _KEEP_EN,
)
NODE_STRAY = Code(
    "HUB-LOG-058",
    "木に属さない節があります(記録 {index} の付近)",
    "There is a node that belongs to no place in the tree (near entry {index}).",
    _KEEP_JA,
    _KEEP_EN,
)
CHECKPOINT_CHANGED = Code(
    "HUB-LOG-059",
    "記録 {index} からを閉じるチェックポイントの署名又は列が正しくありません",
    "The checkpoint that closes the entries from {index} is not signed, or its columns disagree with its note.",
    _KEEP_JA,
    _KEEP_EN,
)
CHECKPOINT_MISSING = Code(
    "HUB-LOG-060",
    "記録 {index} から {until} の前までを閉じるチェックポイントがありません",
    "The checkpoint that closes the entries from {index} to before {until} is missing.",
    _KEEP_JA,
    _KEEP_EN,
)
ROOT_DIFFERS = Code(
    "HUB-LOG-061",
    "記録 {index} から {until} の前までのどこかが、署名されたチェックポイントと一致しません",
    "Something from entry {index} to before {until} is not what the signed checkpoint says.",
    _KEEP_JA,
    _KEEP_EN,
)
LOG_SHORTER = Code(
    "HUB-LOG-062",
    "交換記録が {index} で切れています(チェックポイントは {until} まで)",
    "The log ends at {index}, but a checkpoint covers it up to {until}.",
    _KEEP_JA,
    _KEEP_EN,
)
TAIL_UNSIGNED = Code(
    "HUB-LOG-063",
    "記録 {index} から {until} の前までに署名されたチェックポイントがありません",
    "No signed checkpoint covers the entries from {index} to before {until}.",
    _KEEP_JA,
    _KEEP_EN,
)
OUTSIDE_DIFFERS = Code(
    "HUB-LOG-064",
    "外部で保管した大きさ {until} のチェックポイントと一致しません。記録 {index} 以降のどこかが書き換えられています",
    "The log is not the one of the checkpoint kept outside (size {until}): something from entry {index} on was rewritten.",
    _KEEP_JA,
    _KEEP_EN,
)
OUTSIDE_LARGER = Code(
    "HUB-LOG-065",
    "外部で保管したチェックポイントは大きさ {until} ですが、交換記録は {index} で終わっています。巻き戻し又は末尾の切断です",
    "The checkpoint kept outside covers {until} entries, but the log ends at {index}: rolled back, or its tail was cut.",
    _KEEP_JA,
    _KEEP_EN,
)
HEAD_CHANGED = Code(
    "HUB-LOG-066",
    "保管された末尾(大きさ、右端、最後のチェックポイント)が記録 {index} までの内容と一致しません",
    "The stored end (size, right edge, last checkpoint) is not that of the entries before {index}.",
    _KEEP_JA,
    _KEEP_EN,
)
ENTRY_STRAY = Code(
    "HUB-LOG-067",
    "記録の番号として成り立たない行があります(交換記録は {index} で終わる)",
    "There is a row whose number no entry has (the log ends at {index}).",
    _KEEP_JA,
    _KEEP_EN,
)
CITATION_LATER = Code(
    "HUB-LOG-068",
    "記録 {index} が引用する記録は、それより前にありません",
    "Entry {index} cites an entry that does not stand before it.",
    _KEEP_JA,
    _KEEP_EN,
)
SEARCH_MISLEADS = Code(
    "HUB-LOG-069",
    "検索ファイルが、求めたものでない記録 {index} を指しています",
    "The search file points to entry {index}, which is not what was asked for.",
    "search/ の検索ファイルを消してください。次の検索で交換記録から作り直されます。交換記録そのものには影響しません。",
    "Delete the search file below search/: the next search makes it anew from the log, which is not affected.",
)
ARCHIVED_OTHERWISE = Code(
    "HUB-LOG-070",
    "保存済みの書庫は大きさ {index} までですが、交換記録はその時点で別の内容です(書換え又は巻き戻し)",
    "The archives reach up to size {index}, and the log is another one there: rewritten, or rolled back.",
    _KEEP_JA,
    _KEEP_EN,
)
ARCHIVE_CHAIN = Code(
    "HUB-LOG-071",
    "書庫 {file}(記録 {index} から)は、前の書庫に続いていません。欠け、入れ替え又は書換えです",
    "The archive {file} (from entry {index}) does not follow the one before it: one is missing, out of place or changed.",
    _KEEP_JA,
    _KEEP_EN,
)
BEYOND_EPOCH = Code(
    "HUB-LOG-072",
    "チェックポイントの大きさ {size} は、発信元名 {origin} の区間にありません。その鍵の期間の前か、終わった後に署名されたものです",
    "The checkpoint's size {size} is not one of {origin}: signed before that origin began, or after it had ended.",
    _KEEP_JA,
    _KEEP_EN,
)
KEY_IN_DOUBT = Code(
    "HUB-LOG-073",
    "発信元名 {origin} の鍵は漏えいの疑いがあり({since} から)、その署名だけでは証拠になりません",
    "The key of {origin} is in doubt (since {since}); what it signed proves nothing by itself.",
    "今の鍵による証明を求めてください(ハブを起動した後の hub log prove 番号)。",
    "Ask for a proof under the key of today: hub log prove INDEX, once the hub was started with it.",
)
FOLLOWS_MISSING = Code(
    "HUB-LOG-074",
    "記録 {index} は新しい発信元名の最初の記録ですが、前の発信元名の終わりを正しく示していません",
    "Entry {index} is the first of a new origin and does not name the end of the one before.",
    _KEEP_JA,
    _KEEP_EN,
)
FROZEN = Code(
    "HUB-LOG-075",
    "この電文の記録は、検証で異常の見つかった範囲にあります",
    "The entry of this delivery lies in a range that a verification found to be damaged.",
    "hub log verify で範囲を確かめ、電文と証印を照合したうえで、二人で hub hold release してください。",
    "See the range with hub log verify and compare the message with its stamp; two persons let it go with hub hold release.",
)
