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
FIELD_TOO_LONG = Code(
    "HUB-KIT-036",
    "項目 {field} が相手システムの桁数({width}文字)に収まりません",
    "Item {field} does not fit the {width} characters that the partner system has for it.",
    "切り詰めて渡すことはしません。相手システムの項目長を確かめ、送信元が収まる値で作り直してください。",
    "Nothing is cut. Check the length at the partner; the sender makes the message again with a value that fits.",
)
FIELD_CHARACTER = Code(
    "HUB-KIT-037",
    "項目 {field} に相手システムの文字集合にない文字があります({point})",
    "Item {field} holds a character that the partner system's character set does not have ({point}).",
    "代わりの文字に置き換えることはしません。相手システムで扱える文字を確かめ、送信元が代替文字で作り直してください。",
    "Nothing is substituted. Find what the partner can show; the sender makes the message again with that substitute.",
)
FIELD_VALUE = Code(
    "HUB-KIT-038",
    "項目 {field} の値が相手システムの様式({kind})に合いません",
    "The value of item {field} is none that the partner system's layout ({kind}) can hold.",
    "項目の種類(文字、数、日付、符号)を様式の表で確かめてください。",
    "Check the kind of the item (text, number, date, code) in the layout table.",
)
PARTNER_LIMIT = Code(
    "HUB-KIT-039",
    "電文が相手システムの受け取れる大きさ({size}バイト)を超えます: {endpoint}",
    "The message is longer than the {size} bytes that the partner of {endpoint} takes.",
    "何も渡していません。この電文だけを保留にしました。送信元が分けて作り直すか、相手システムの上限を確かめてください。",
    "Nothing was handed over; only this message is held. The sender splits it, or check the partner's limit.",
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
FILE_INCOMPLETE = Code(
    "HUB-KIT-046",
    "相手システムのファイル {file} が完全ではありません: {endpoint}({rule})",
    "File {file} of the partner of {endpoint} is not whole ({rule}).",
    "取り込んでいません。相手システムに同じ名前で作り直してもらえば、そこから自動で続けます。後のファイルはそれまで待ちます。",
    "Nothing of it was taken. Replaced by a whole file of the same name it is taken by itself; later files wait until then.",
)
FILE_LATE = Code(
    "HUB-KIT-047",
    "相手システムのファイルが届いていません: {endpoint} {feed} 通番 {serial}(後の通番は届いています)",
    "A file of the partner is missing: {endpoint} {feed} serial {serial}; later serials are there.",
    "順序を守るため後のファイルも待っています。相手システムに送付状況を確かめてください。届けば自動で続けます。",
    "Later files wait, to keep the order. Ask the partner where it is; it goes on by itself when the file comes.",
)
FILE_CHANGED = Code(
    "HUB-KIT-048",
    "同じ通番で内容の違うファイルがあります: {endpoint} {feed} 通番 {serial}",
    "Two contents claim one serial: {endpoint} {feed} serial {serial}.",
    "取り込みを止めています。取り込んだ記録より前が変わらない正しい一つだけを残すよう、相手システムに依頼してください。",
    "Nothing more is taken. Have the partner leave one file, in which the records that were taken already are unchanged.",
)
ACK_DAMAGED = Code(
    "HUB-KIT-049",
    "相手システムの応答ファイル {file} が壊れています: {endpoint}({rule})",
    "The partner's ack {file} is damaged: {endpoint} ({rule}).",
    "接続先を止めました。フォルダに書ける人を確かめてください。応答ファイルを除けば、起動後に同じ電文で尋ね直します。",
    "The endpoint stopped. Check who may write into the folder; with the ack removed, the same message asks again after a start.",
)
FILE_ENCODING = Code(
    "HUB-KIT-051",
    "ファイル {file} の {record} 件目の文字コードが約束と違います: {endpoint}({point})",
    "Record {record} of file {file} of {endpoint} is not in the agreed encoding ({point}).",
    "その前の記録までを取り込みました。相手システムに残りを直した同じ名前のファイルを依頼してください(0件目は見出し)。",
    "The records before it were taken. Have the partner replace the file with the rest mended (record 0 is the heading).",
)
FILE_GAIJI = Code(
    "HUB-KIT-052",
    "ファイル {file} の {record} 件目に対応表にない外字があります: {endpoint}({point})",
    "Record {record} of file {file} of {endpoint} holds a private character that the table does not name ({point}).",
    "置き換えることはしません。その前の記録までを取り込みました。外字の対応表に加えるか、相手システムに直してもらってください。",
    "Nothing is substituted; the records before it were taken. Add it to the table, or have the partner mend the file.",
)
FILE_RECORD = Code(
    "HUB-KIT-053",
    "ファイル {file} の {record} 件目が約束の様式ではありません: {endpoint}({point})",
    "Record {record} of file {file} of {endpoint} is not in the agreed form ({point}).",
    "その前の記録までを取り込みました。相手システムに残りを直した同じ名前のファイルを依頼してください(0件目は見出し)。",
    "The records before it were taken. Have the partner replace the file with the rest mended (record 0 is the heading).",
)
DATABASE_BROKEN = Code(
    "HUB-KIT-055",
    "相手システムのデータベースが約束と違うか、壊れています: {endpoint}({kind})",
    "The database of the partner of {endpoint} is not as agreed, or is damaged ({kind}).",
    "接続先を止めました。表、ビュー、権限を docs/partners.md と照らし、相手システムの担当者に連絡してください。",
    "The endpoint stopped. Compare tables, view and grants with docs/partners.md and call whoever runs the partner.",
)
SETUP_FILE = Code(
    "HUB-KIT-056",
    "相手システムの初期設定のファイル {file} が使えません({rule})",
    "File {file} of the partner system's set-up is unusable ({rule}).",
    "何も始めていません。作った団体から、登録済みの鍵で署名された、今より古くない版を受け直してください。",
    "Nothing was started. Obtain it again from whoever makes it: signed with the registered key, and no older version.",
)
NOT_ON_SCREEN = Code(
    "HUB-KIT-057",
    "その照会番号の提供の求めは、この中間サーバーに受け入れられていません",
    "This 中間サーバー has taken no 提供の求め of that 照会番号.",
    "hub hold show の照会番号と、種・人数・件数などの指定が一日と同じかを確かめてください。",
    "Check the 照会番号 in hub hold show, and that seed and numbers are those of the day.",
)
UNDECODABLE = Code(
    "HUB-KIT-061",
    "{place}: {position} バイト目から、相手システムの文字コードにないバイト列です({found})",
    "{place}: the bytes from number {position} on mean nothing in the partner's character set ({found}).",
    "何も置き換えていません。文字コードの指定と、ファイルが途中で切れていないかを確かめてください。",
    "Nothing was replaced. Check which character set was declared and whether the file was cut.",
)
GAIJI_UNKNOWN = Code(
    "HUB-KIT-062",
    "{place}: {position} 文字目の外字 {point} が外字対応表にありません",
    "{place}: character {position} is the user-defined {point}, which the 外字 table does not have.",
    "外字の字形を確かめ、対応する MJ 文字を外字対応表に加えてから、もう一度処理してください。",
    "Find which character it shows, add its MJ character to the 外字 table, and process it again.",
)
UNENCODABLE = Code(
    "HUB-KIT-063",
    "{place}: {position} 文字目 {point} は相手システムの文字集合にありません",
    "{place}: the partner's character set does not have character {position}, {point}.",
    "近い文字に置き換えることはしません。外字対応表に加えるか、項目の決まりが許すなら代替文字を使ってください。",
    "It is not written as a similar one. Add it to the 外字 table, or substitute where the field's rule allows that.",
)
LOST = Code(
    "HUB-KIT-064",
    "{place}: {position} 文字目に、前の変換で失われた文字の印({point})があります",
    "{place}: character {position} is {point}, the mark of a character that an earlier conversion lost.",
    "元の記録から元の文字を戻してください。",
    "Restore the character from the original record.",
)
TEXT_TABLE = Code(
    "HUB-KIT-065",
    "文字の対応表 {table} の {line} 行目が正しくありません(期待: {rule})",
    "Line {line} of the character table {table} is wrong (expected: {rule}).",
    "docs/characters.md の書き方に合わせて直してください。",
    "Mend it; docs/characters.md shows how a table is written.",
)
CODED = Code(
    "HUB-KIT-066",
    "{place}: {position} 文字目 {point} は符号の項目に使えない文字です",
    "{place}: character {position}, {point}, has no place in a coded field.",
    "符号の項目には数字(項目により英字とハイフン)だけを入れてください。空白も使えません。",
    "Coded fields take digits (some also letters and hyphens) and no blanks.",
)
DATE_FORM = Code(
    "HUB-KIT-071",
    "{place}: 日付がこの項目の書き方ではありません",
    "{place}: the date is not written in the way of this field.",
    "この項目で決めた日付の形式(和暦の符号、和暦の文、西暦)と桁を確かめてください。",
    "Check the form that was agreed for this field (era code, words, Gregorian) and its digits.",
)
NO_SUCH_DAY = Code(
    "HUB-KIT-072",
    "{place}: 暦にない日です",
    "{place}: there is no such day.",
    "元の記録で日付を確かめてください。",
    "Check the date in the original record.",
)
NOT_IN_ERA = Code(
    "HUB-KIT-073",
    "{place}: その元号にない日です",
    "{place}: the era has no such day.",
    "改元日の前後を確かめてください。改元の当日は新しい元号で書きます。",
    "Check it against the change of era; the day of the change is of the new era.",
)
ERA_LOST = Code(
    "HUB-KIT-074",
    "{place}: 改元のあった年(月)の不詳日は、西暦では元号を残せません",
    "{place}: a partly known date in the year (or month) of a change of era keeps no era in the Gregorian form.",
    "推測して変換することはしません。人が元の記録を確かめ、分かる範囲を相手と取り決めてください。",
    "It is not guessed. A person checks the original record and agrees with the partner what is known.",
)
LUNAR_CALENDAR = Code(
    "HUB-KIT-075",
    "{place}: 明治6年1月1日より前の日は西暦に換算しません",
    "{place}: days before 明治6年1月1日 (1873-01-01) are not converted.",
    "太陰太陽暦の日付です。人が元の記録を確かめてください。",
    "It is a date of the lunar calendar; a person checks the original record.",
)
DAY_UNKNOWN = Code(
    "HUB-KIT-076",
    "{place}: 不詳の年月日をこの項目には書けません",
    "{place}: this field cannot hold a date that is partly unknown.",
    "日を推測して埋めることはしません。不詳を書ける項目を使うか、人が確かめてください。",
    "No day is guessed. Use a field that can say unknown, or let a person check.",
)
ATTACHED_UNREADABLE = Code(
    "HUB-KIT-077",
    "添付するファイルを読めません({kind})",
    "A file that is to be attached cannot be read ({kind}).",
    "ファイルの場所と権限を確かめてください。",
    "Check where it is and who may read it.",
)
ATTACHED_CHANGED = Code(
    "HUB-KIT-078",
    "添付するファイルが、署名した後に変わりました",
    "A file that is attached changed after it was signed.",
    "ファイルを書き終えてから渡してください。電文は送られていません。",
    "Hand files over when they are complete; the message was not sent.",
)
ATTACHED_GONE = Code(
    "HUB-KIT-079",
    "{number} 番目の添付がハブにありません",
    "Attachment {number} is not at the hub.",
    "本文とともに消去されたか、配達が終わっています。必要なら、送信元が新しい電文で送り直してください。",
    "It was erased with its body, or the delivery has ended. If it is still needed, the sender must send a new message.",
)
ATTACHED_DIFFERS = Code(
    "HUB-KIT-080",
    "{number} 番目の添付が、署名されたダイジェストと一致しません",
    "Attachment {number} is not what was signed: its digest differs.",
    "この電文は相手に渡さず、ハブに返しました。続くときは管理者に連絡してください。",
    "The message was given back and not performed. If it goes on, tell the administrator.",
)
ATTACHED_UNWANTED = Code(
    "HUB-KIT-081",
    "この接続先は添付を受け取れません",
    "This endpoint takes no attachments.",
    "添付なしで送り直すか、ほかの方法で渡してください。",
    "Send it without attachments, or hand the files over in another way.",
)
