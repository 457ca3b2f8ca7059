"""HUB-KIT: the connector kit: what a recipient refuses to believe, its store, its partner, its simulator."""

from hub.errors import Code

LOG_TRUST = Code(
    "HUB-KIT-001",
    "交換記録の信頼の起点が使えません: {what}",
    "The log trust of this endpoint is unusable: {what}.",
    "区画の起点名、ルート鍵、鍵一覧を配布元から取り直してください。",
    "Fetch the zone's origin, root key and key list again from where they are published.",
)
STAMP_REFUSED = Code(
    "HUB-KIT-002",
    "証印が確かめられない電文を受け取りました。接続先 {endpoint} を止めました({cause})",
    "A delivery came without a stamp that holds; endpoint {endpoint} stopped ({cause}).",
    "何も実行していません。ハブの管理者に連絡し、hub log verify で交換記録を確かめてから再開してください。",
    "Nothing was performed. Call the hub's administrator and run hub log verify before starting again.",
)
ENVELOPE_DIFFERS = Code(
    "HUB-KIT-003",
    "電文の見出しが証印と一致しません({place})。接続先 {endpoint} を止めました",
    "The header of a delivery differs from its stamp ({place}); endpoint {endpoint} stopped.",
    "何も実行していません。ハブの管理者に連絡してください。",
    "Nothing was performed. Call the hub's administrator.",
)
SIGNATURE_REFUSED = Code(
    "HUB-KIT-004",
    "送信元の署名が確かめられない電文を受け取りました。接続先 {endpoint} を止めました({cause})",
    "A delivery's sender signature does not hold; endpoint {endpoint} stopped ({cause}).",
    "何も実行していません。ハブの管理者に連絡してください。",
    "Nothing was performed. Call the hub's administrator.",
)
OTHER_BYTES = Code(
    "HUB-KIT-005",
    "処理済みの MessageId で内容の違う電文が届きました。接続先 {endpoint} を止めました",
    "Other bytes came under a MessageId that was handled already; endpoint {endpoint} stopped.",
    "何も実行していません。ハブの管理者に連絡し、重複排除の記録を確かめてください。",
    "Nothing was performed. Call the hub's administrator and examine the dedup records.",
)
ID_OF_OTHER_SENDER = Code(
    "HUB-KIT-006",
    "別の送信元が同じ MessageId を使っています",
    "Another sender uses the same MessageId.",
    "送信元は新しい MessageId で作り直してください。",
    "The sender makes the message again under a new MessageId.",
)
TYPE_NOT_HANDLED = Code(
    "HUB-KIT-007",
    "この接続先が扱わない種別の電文です",
    "This endpoint does not handle messages of that type.",
    "経路と種別を確かめてください。",
    "Check the route and the type.",
)
RECEIPT_DIFFERS = Code(
    "HUB-KIT-008",
    "送った電文の受領証が確かめられません({cause})。接続先 {endpoint} を止めました",
    "The receipt of a submission does not hold ({cause}); endpoint {endpoint} stopped.",
    "送信箱の電文は残っています。ハブの管理者に連絡し、hub log verify で確かめてください。",
    "The message stays in the outbox. Call the hub's administrator and run hub log verify.",
)
STORE_EXISTS = Code(
    "HUB-KIT-011",
    "接続先の保管庫がすでにあります",
    "The endpoint's store exists already.",
    "既存の保管庫を開くか、別の場所を指定してください。",
    "Open the existing store or name another place.",
)
STORE_MISSING = Code(
    "HUB-KIT-012",
    "接続先の保管庫がありません",
    "The endpoint's store does not exist.",
    "hub init で作るか、バックアップから戻してください。黙って作り直すと重複排除の記録を失います。",
    "Make it with hub init or restore it; made anew silently, it would forget what was handled.",
)
STORE_OF_OTHER = Code(
    "HUB-KIT-013",
    "この保管庫は別の接続先・区画・鍵のものです({what})",
    "This store belongs to another endpoint, zone or key ({what}).",
    "接続先と鍵の組を確かめてください。",
    "Check which endpoint and key belong together.",
)
STORE_DAMAGED = Code(
    "HUB-KIT-014",
    "接続先の保管庫が壊れています({kind})",
    "The endpoint's store is damaged ({kind}).",
    "接続先を止め、バックアップから戻してください。",
    "Stop the endpoint and restore the store.",
)
STORE_UNAVAILABLE = Code(
    "HUB-KIT-015",
    "接続先の保管庫に書けません({kind})",
    "The endpoint's store cannot be written ({kind}).",
    "空き容量と権限を確かめてください。自動で再試行します。",
    "Check free space and permissions; it is tried again.",
)
OUTGOING_TWICE = Code(
    "HUB-KIT-016",
    "同じ MessageId の電文を二度作ろうとしました。接続先 {endpoint} を止めました",
    "The connector made two messages under one MessageId; endpoint {endpoint} stopped.",
    "連携機能の誤りです。MessageId の作り方を直してください。",
    "A fault of the connector: mend how it makes MessageIds.",
)
PARTNER_DOWN = Code(
    "HUB-KIT-021",
    "相手システムに届きません: {endpoint}({kind})",
    "The partner system of {endpoint} cannot be reached ({kind}).",
    "自動で再試行します。この接続先だけが待ちます。",
    "It is tried again; only this endpoint waits.",
)
PARTNER_SPEECH = Code(
    "HUB-KIT-022",
    "相手システムの応答が約束と違います: {endpoint}({rule})",
    "The partner of {endpoint} answered against its contract ({rule}).",
    "相手システムの版と設定を確かめてください。接続先を止めました。",
    "Check the partner's version and configuration; the endpoint stopped.",
)
PARTNER_CONFLICT = Code(
    "HUB-KIT-023",
    "相手システムは同じ MessageId で内容の違う処理をすでに行っています: {endpoint}",
    "The partner of {endpoint} performed other content under the same MessageId.",
    "この電文だけを保留にしました。相手システムで何が行われたか確かめ、二人で hub hold release してください。",
    "Only this message is held. Find out what the partner did; two persons release it with hub hold release.",
)
ROOM_SURPRISE = Code(
    "HUB-KIT-031",
    "連携機能が予期しない理由で処理できませんでした: {endpoint}({kind})",
    "The connector of {endpoint} failed for an unexpected reason ({kind}).",
    "この番号と種類を保守担当に伝えてください。届いた電文は失われていません。hub hold list に出る電文は二人で解除できます。",
    "Tell the maintainers this code and kind; no message was lost. What hub hold list shows, two persons can release.",
)
ROOM_CONTRACT = Code(
    "HUB-KIT-032",
    "連携機能の返した結果が約束と違います: {endpoint}({rule})",
    "The room of {endpoint} broke its contract ({rule}).",
    "連携機能の誤りです。適合性試験(connectors.kit.conformance)で確かめてください。",
    "A fault of the connector: run the conformance suite (connectors.kit.conformance).",
)
INBOX_FULL = Code(
    "HUB-KIT-033",
    "受け取り口が一杯です: {endpoint}",
    "The inbox of {endpoint} is full.",
    "ハブは capacity() を超えて渡しません。自動で再試行します。",
    "The hub never offers more than capacity(); it is tried again.",
)
NO_SUCH_ROOM = Code(
    "HUB-KIT-034",
    "接続先 {endpoint} の連携機能がありません",
    "There is no room for endpoint {endpoint}.",
    "connectors/ に部屋があるか確かめてください。",
    "Check that connectors/ holds the room.",
)
ROOM_BROKEN = Code(
    "HUB-KIT-035",
    "続けて {count} 件の電文を処理できませんでした。接続先 {endpoint} を止めました",
    "{count} messages in a row could not be processed; endpoint {endpoint} stopped.",
    "電文ではなく連携機能の誤りとみられます。保守担当に伝え、直してから起動してください。電文は失われていません。",
    "The connector seems broken, not the messages: tell the maintainers, mend it, and start again. No message was lost.",
)
LEDGER_DAMAGED = Code(
    "HUB-KIT-041",
    "台帳の {line} 行目が読めません",
    "Line {line} of the ledger cannot be read.",
    "相手システムの模擬は始まりません。台帳を戻すか、新しい場所で始めてください。",
    "The simulator does not start: restore the ledger or begin in a new place.",
)
LEDGER_IN_USE = Code(
    "HUB-KIT-042",
    "台帳を別の模擬が使っています",
    "Another simulator uses the ledger.",
    "先の模擬が終わるのを待ってください。",
    "Wait until the other simulator has ended.",
)
LEDGER_KEY = Code(
    "HUB-KIT-043",
    "台帳の鍵が台帳と合いません({rule})",
    "The ledger key does not fit the ledger ({rule}).",
    "鍵ファイルを戻すか、新しい場所で始めてください。",
    "Restore the key file or begin in a new place.",
)
