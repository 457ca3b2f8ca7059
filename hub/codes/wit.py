"""HUB-WIT: witnesses of the exchange log (c2sp.org/tlog-witness), on both sides."""

from hub.errors import Code

NOT_COSIGNED = Code(
    "HUB-WIT-001",
    "証人 {witness} の連署がちょうど1行ではありません({lines} 行)",
    "There is not exactly one cosignature of the witness {witness} ({lines}).",
    "その証人に hub log cosign で連署を求めてください。証人の検証鍵が正しいかも確かめてください。",
    "Ask that witness with hub log cosign, and see whether its key is the right one.",
)
COSIGNATURE_FORGED = Code(
    "HUB-WIT-002",
    "証人 {witness} の連署が成り立ちません",
    "The cosignature of the witness {witness} does not hold.",
    "証人の検証鍵を証人から直接受け取り直し、それでも成り立たなければ監査担当へ連絡してください。",
    "Get the witness's key from the witness itself; if it still does not hold, tell the auditors.",
)
WITNESS_AHEAD = Code(
    "HUB-WIT-003",
    "証人は大きさ {seen} の交換記録を見ていますが、手元は {size} です。巻き戻されています",
    "The witness has seen a log of size {seen}, and here it has {size}: it was rolled back.",
    "ハブを止め、現物を保全して、監査担当へ連絡してください。古い控えを戻した場合は最新の控えに戻してください。",
    "Stop the hub, keep everything, and tell the auditors. If an old backup was restored, restore the newest.",
)
TWO_HISTORIES = Code(
    "HUB-WIT-004",
    "証人が見た大きさ {seen} の交換記録と、手元の交換記録は同じ歴史ではありません",
    "The log of size {seen} that the witness has seen and the log here are not of one history.",
    "ハブを止め、現物を保全して、監査担当へ連絡してください。証人も同じ証拠を残しています。",
    "Stop the hub, keep everything, and tell the auditors. The witness has kept the evidence, too.",
)
NOT_KNOWN_THERE = Code(
    "HUB-WIT-005",
    "証人はこの交換記録を知らないか、鍵が違います(応答 {status})",
    "The witness does not know this log, or knows another key (status {status}).",
    "証人のホームで hub witness add に、この交換記録の検証鍵(鍵一覧の log の行)を指定してください。",
    "At the witness, give hub witness add the log's key, from the log line of the key list.",
)
NO_ANSWER = Code(
    "HUB-WIT-006",
    "証人に届かないか、応答が規定の形ではありません({reason})",
    "The witness cannot be reached, or its answer is none ({reason}).",
    "証人のプロセスとアドレスを確かめ、やり直してください。連署がなくても連携は続きます。",
    "See whether the witness runs and where, and try again. Traffic goes on without a cosignature.",
)
NO_WITNESS = Code(
    "HUB-WIT-007",
    "{path} は証人のホームではありません",
    "{path} is no witness's home.",
    "hub witness init で作るか、--home を正しく指定してください。",
    "Make one with hub witness init, or name the right --home.",
)
NOT_A_NAME = Code(
    "HUB-WIT-008",
    "証人の名前に使えません",
    "This cannot be the name of a witness.",
    "空白と + を含まない名前を、kansa.example/witness のように指定してください。",
    "Give a name without white space and +, such as audit.example/witness.",
)
REFUSED = Code(
    "HUB-WIT-009",
    "連署を断りました(応答 {status})",
    "The cosignature was refused (status {status}).",
    "404 は知らない交換記録、403 は署名、409 は前に見た大きさ、422 は整合性証明、400 は形が合いません。409 なら大きさを合わせて求め直せます。",
    "404: a log that is not known; 403: its signature; 409: the size seen before; 422: the proof; 400: the form. After 409 ask again from that size.",
)
DAMAGED = Code(
    "HUB-WIT-010",
    "証人の記憶({file})が壊れています。連署しません",
    "The memory of the witness ({file}) is damaged: nothing is cosigned.",
    "控えから戻さず、監査担当と相談してください。記憶を失った証人は、新しい名前と鍵で始めます。",
    "Do not restore a backup; ask the auditors. A witness that lost its memory begins anew, with another name and key.",
)
OTHER_KEY = Code(
    "HUB-WIT-011",
    "発信元名 {origin} は別の鍵で登録済みです",
    "The origin {origin} is known under another key.",
    "一つの発信元名の鍵は生涯一つです。鍵を替えた交換記録は、新しい発信元名で始まります。",
    "One origin has one key for its life: a log with another key begins under another origin.",
)
NOT_INSIDE = Code(
    "HUB-WIT-012",
    "証人のアドレスは、同じセグメントの http:// で始まるものに限ります(X5)",
    "A witness is asked inside the segment, by an address that begins with http:// (X5).",
    "http://ホスト:ポート の形で、内部のアドレスを指定してください。届かない所の証人には --request で媒体を使います。",
    "Give http://host:port with an address of the inside; to a witness elsewhere carry --request on a medium.",
)
