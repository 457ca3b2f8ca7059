"""HUB-BRK: the broker, and what crosses it (docs/spec/broker.md)."""

from __future__ import annotations

from hub.errors import Code

SEAL_KEY = Code(
    "HUB-BRK-001",
    "{file} は封緘用の鍵または証明書(P-256)として読めません",
    "{file} cannot be read as a sealing key or certificate (P-256).",
    "hub broker keys で作り直すか、正しいファイルを置いてください。",
    "Make it again with hub broker keys, or put the right file there.",
)
UNREACHABLE = Code(
    "HUB-BRK-002",
    "ブローカーにつながりません({reason})",
    "The broker cannot be reached ({reason}).",
    "ブローカーと証明書を確かめてください。受領証のない電文は送信箱に残り、つながり次第、同じバイト列で送り直します。",
    "Check the broker and the certificates. What has no receipt stays in the outbox and is sent again as the same bytes.",
)
NOT_SEALED_FOR_US = Code(
    "HUB-BRK-003",
    "この向きに封緘されたものではありません({kind})",
    "This was not sealed for this way ({kind}).",
    "送り手の封緘用証明書と起点(origin)を確かめてください。",
    "Check the sender's copy of the sealing certificate, and the origin.",
)
UNCONFIRMED = Code(
    "HUB-BRK-004",
    "ブローカーが {seconds} 秒のうちに受け取りを確認しませんでした({count} 件)",
    "The broker did not confirm {count} messages within {seconds} seconds.",
    "自動で送り直します。続くときは、ノードの過半数が動いているか、メモリとディスクの警報を確かめてください。",
    "They are sent again. If it goes on, see whether most nodes are up, and the memory and disk alarms.",
)
FULL = Code(
    "HUB-BRK-005",
    "ブローカーの待ち行列がいっぱいです({count} 件)",
    "The broker's queue is full ({count} messages).",
    "受け側が追いつくと自動で送り直します。待ち行列の上限と受け側の状態を確かめてください。",
    "They are sent again when the reader catches up. See the queue's limit and its reader.",
)
UNROUTABLE = Code(
    "HUB-BRK-006",
    "ブローカーに宛先の待ち行列がありません({count} 件)",
    "The broker has no queue for {count} messages.",
    "hub broker check で構成の違いを確かめ、hub broker apply で直してください。",
    "See the drift with hub broker check and mend it with hub broker apply.",
)
BLOCKED = Code(
    "HUB-BRK-007",
    "ブローカーが受け付けを止めています(メモリまたはディスクの警報)",
    "The broker accepts nothing: a memory or disk alarm.",
    "メモリとディスクを空けてください。送信は自動で再開します。",
    "Free memory and disk; sending resumes by itself.",
)
TOO_LARGE = Code(
    "HUB-BRK-008",
    "電文が大きすぎて運べません({size} バイト、上限 {limit})",
    "The message is too large to be carried ({size} bytes, limit {limit}).",
    "添付は分けて送ってください。",
    "Send attachments apart.",
)
OTHER_USER = Code(
    "HUB-BRK-009",
    "送信者の表示(user_id)がないか、待ち行列の持ち主と違います",
    "The sender's mark (user_id) is missing or is not the queue's owner.",
    "接続部品の設定を確かめてください。user_id のない電文は読まずに断ります。",
    "Check the connector; what has no user_id is refused unread.",
)
NO_RECEIPT = Code(
    "HUB-BRK-010",
    "受領証が {seconds} 秒のうちに届きませんでした({count} 件)",
    "{count} receipts did not come within {seconds} seconds.",
    "同じバイト列で送り直します。続くときは、ハブの働き手(worker)が動いているかを確かめてください。",
    "The same bytes are sent again. If it goes on, see whether the hub's workers are up.",
)
BROKEN_FRAME = Code(
    "HUB-BRK-011",
    "封緘の中身が規定の形ではありません({kind})",
    "What was sealed has not the form of its kind ({kind}).",
    "双方の版をそろえてください。",
    "Use the same release on both sides.",
)
TLS_FILES = Code(
    "HUB-BRK-012",
    "{user} の TLS 証明書・鍵・認証局を読めません",
    "The TLS certificate, key or CA of {user} cannot be read.",
    "hub.yaml の engine.broker と hub broker keys を確かめてください。",
    "See engine.broker in hub.yaml, and hub broker keys.",
)
ADMIN_REFUSED = Code(
    "HUB-BRK-013",
    "ブローカーの管理 API が断りました(HTTP {status})",
    "The broker's management API refused (HTTP {status}).",
    "管理者の名前と合言葉(パスワード)、権限を確かめてください。",
    "Check the administrator's name, password and tags.",
)
NOT_CHANGED = Code(
    "HUB-BRK-014",
    "ブローカーの構成を変えられません: {what} {kind} {name}(HTTP {status})",
    "The broker would not change: {what} {kind} {name} (HTTP {status}).",
    "取り除く待ち行列が空でないときは、読み手が空にしてからもう一度実行してください。済んだ変更はそのまま残ります。",
    "A queue that is to go must be empty: let its reader empty it, then run the same command again; what was done stays.",
)
ADMIN_URL = Code(
    "HUB-BRK-015",
    "管理 API の場所は https://(または、この機械の中だけの http://)で指定してください",
    "The management API must be given as https://, or http:// on this machine alone.",
    "hub.yaml の engine.broker.admin または --admin を確かめてください。",
    "See engine.broker.admin in hub.yaml, or --admin.",
)
NOT_EMPTY = Code(
    "HUB-BRK-016",
    "待ち行列 {name} に {count} 件残っているので、取り除きません",
    "The queue {name} still holds {count} messages and is not removed.",
    "送り手はもう届きません。読み手が空にしてから、もう一度実行してください。",
    "Nobody can fill it any more. Let its reader empty it, then run the same command again.",
)
POISON = Code(
    "HUB-BRK-017",
    "この電文を一件だけで扱った工程が {times} 回続けて落ちたため、読まずに断りました",
    "A process that took this message alone died {times} times in a row: it was refused unread.",
    "送信者に内容の形を確かめてもらい、直した電文を新しい MessageId で送ってください。落ちた工程の記録(run/)を添えて知らせてください。",
    "Let the sender check its form and send a corrected one under a new MessageId; report it with the process's log in run/.",
)
NO_AUTHORITY = Code(
    "HUB-BRK-018",
    "このホームには認証局の鍵(offline/ca.key)がないので、証明書を作れません",
    "This home has no CA key (offline/ca.key), so no certificate can be made.",
    "hub broker keys --requests で認証局に渡す要求を書き、発行された証明書を hub broker keys --certificates で取り込んでください。",
    "Write requests for the CA with hub broker keys --requests, and take what it issues with hub broker keys --certificates.",
)
NO_ADMIN = Code(
    "HUB-BRK-019",
    "管理者の合言葉(パスワード)がありません",
    "There is no administrator's password.",
    "--password-file で、合言葉だけを書いたファイル(0600)を指定してください。",
    "Name a file (mode 0600) that holds the password alone, with --password-file.",
)
DRIFT = Code(
    "HUB-BRK-020",
    "ブローカーの構成が routing.yaml と {count} 箇所違います",
    "The broker differs from routing.yaml in {count} places.",
    "hub broker check が一つずつ示します。hub broker apply で直し、誰が変えたかを確かめてください。",
    "hub broker check tells each of them. Mend them with hub broker apply, and find out who changed them.",
)
CERTIFICATE_UNKNOWN = Code(
    "HUB-BRK-021",
    "{file} は、このホームが待っている証明書ではありません",
    "{file} is no certificate that this home waits for.",
    "hub broker keys --requests が書いた名前のまま、.csr を .pem にしてください。ほかのファイルは置かないでください。",
    "Keep the name that hub broker keys --requests wrote, with .pem for .csr, and leave no other .pem there.",
)
CERTIFICATE_UNTRUSTED = Code(
    "HUB-BRK-022",
    "{file} は、固定された認証局(trust/ca.pem)が発行した有効な証明書ではありません",
    "{file} was not issued by a pinned CA (trust/ca.pem), or is revoked.",
    "発行元と trust/revoked.txt を確認してください。認証局の追加は決裁を経て設定します。",
    "Check its issuer and trust/revoked.txt; a CA is added by approval and configuration.",
)
CERTIFICATE_NAME = Code(
    "HUB-BRK-023",
    "{file} の名前(CN)が {expected} だけではありません",
    "The common name of {file} is not {expected} alone.",
    "要求(.csr)の名前のまま発行するよう、認証局の管理者に依頼してください。ブローカーはこの名前を利用者とします。",
    "Ask the CA's administrator to issue it under the name in the request: the broker takes it for the user.",
)
CERTIFICATE_PROFILE = Code(
    "HUB-BRK-024",
    "{file} が証明書の様式 certs/{profile} に合いません({rule})",
    "{file} does not fit the profile certs/{profile} ({rule}).",
    "要求(.csr)にある拡張のまま発行するよう、認証局の管理者に依頼してください。",
    "Ask the CA's administrator to issue it with the extensions in the request.",
)
CERTIFICATE_DATES = Code(
    "HUB-BRK-025",
    "{file} は今、有効期間の外です({what})",
    "{file} is not valid now ({what}).",
    "有効期間と、この機械の時計を確認してください。",
    "Check its dates and this machine's clock.",
)
CERTIFICATE_KEY = Code(
    "HUB-BRK-026",
    "{file} は、このホームにある鍵の証明書ではありません",
    "{file} was not issued for the key in this home.",
    "鍵を作り直していないか確かめ、今の鍵の要求を hub broker keys --requests で書いて発行を受けてください。",
    "See whether the key was made anew; write its request with hub broker keys --requests and have that issued.",
)
CERTIFICATE_OLDER = Code(
    "HUB-BRK-027",
    "{file} は、今ある証明書より先に切れます",
    "{file} ends before the certificate that is in its place.",
    "新しい方の証明書を置いてください。今あるものはそのままです。",
    "Put the newer one there; what is in place stays.",
)
NO_CERTIFICATES = Code(
    "HUB-BRK-028",
    "{place} に証明書(*.pem)がありません",
    "There is no certificate (*.pem) in {place}.",
    "認証局が発行したファイルを、hub broker keys --requests が書いた名前で、.csr を .pem にして置いてください。",
    "Put there what the CA issued, by the names that hub broker keys --requests wrote, with .pem for .csr.",
)
STILL_WAITING = Code(
    "HUB-BRK-029",
    "受付の待ち行列 {queues} 本に {count} 件残っているので、数をまだ変えられません",
    "The number of inbound queues cannot change yet: {queues} of them still hold {count} messages.",
    "受付は閉じました。送信者は電文を手元に置いて待ちます。hub serve を動かして空にし、同じコマンドをもう一度実行してください(--wait で待てます)。やめるには今の数を --to に指定します。",
    "They are shut, and senders keep what they have. Let hub serve empty them and run the same command again (--wait waits). To give up, name the present number in --to.",
)
