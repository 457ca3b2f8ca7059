"""HUB-MSG: the envelope, its header, its times and its operator part (docs/spec/message.md)."""

from hub.errors import Code

TOO_LARGE = Code(
    "HUB-MSG-001",
    "電文が種別の上限を超えています: 種別 {type}、{size} バイト(上限 {limit} バイト)",
    "The message exceeds the limit of its type: type {type}, {size} bytes (limit {limit} bytes).",
    "接続先の出力単位を小さくしてください。一件の電文は一人の分です。",
    "Make the sender split its output; one message concerns one person.",
)
HEADER_VALUE = Code(
    "HUB-MSG-002",
    "見出し(Header)の日時が暦にありません",
    "A time in the header does not exist in the calendar.",
    "CreatedAt と ExpiresAt を UTC の実在する日時にしてください。",
    "Give CreatedAt and ExpiresAt as existing UTC times.",
)
OTHER_ENVIRONMENT = Code(
    "HUB-MSG-004",
    "環境が違います: 電文は {found}、この環境は {expected}",
    "Wrong environment: the message says {found}, this hub is {expected}.",
    "本番と試験の接続先を取り違えていないか確かめてください。",
    "Check that production and test endpoints are not mixed up.",
)
FROM_FUTURE = Code(
    "HUB-MSG-005",
    "作成日時が先の時刻です: 許容 {limit} 秒を超えています",
    "CreatedAt lies in the future by more than the permitted {limit} seconds.",
    "送信側の時計を合わせてください。",
    "Synchronise the sender's clock.",
)
STALE = Code(
    "HUB-MSG-006",
    "作成日時が古すぎます: 許容 {limit} 日を超えています",
    "CreatedAt is older than the permitted {limit} days.",
    "送信側で内容を確かめ、新しい電文として送り直してください。",
    "Check the content at the sender and send it as a new message.",
)
OPERATOR_FORM = Code(
    "HUB-MSG-007",
    "操作者情報が規定の形ではありません: 項目 {member}",
    "The operator part does not keep its form: member {member}.",
    "docs/spec/message.md 第5節に合わせてください。処理事由は空にできません。",
    "Follow docs/spec/message.md section 5; the reason must not be empty.",
)
OPERATOR_DIGEST = Code(
    "HUB-MSG-008",
    "操作者情報が署名された OperatorDigest と一致しません",
    "The operator part does not match the signed OperatorDigest.",
    "電文と同時に作られた操作者情報を添えてください。",
    "Send the operator part that was made together with the message.",
)
EXPIRED = Code(
    "HUB-MSG-009",
    "有効期限を過ぎたため配信しません",
    "The message expired and is not delivered.",
    "必要なら送信側で新しい電文を作ってください。",
    "Make a new message at the sender if it is still needed.",
)
ATTACHMENTS = Code(
    "HUB-MSG-010",
    "種別 {type} の電文に添付はできません",
    "Messages of type {type} carry no attachments.",
    "添付できる種別は docs/messages.md にあります。ほかの内容は電文の項目として送ってください。",
    "See docs/messages.md for the types that may; send everything else as items of the message.",
)
SUBJECTS = Code(
    "HUB-MSG-011",
    "対象者の数が種別 {type} の規定に合いません: {count} 人",
    "The number of subjects does not fit type {type}: {count}.",
    "一件の電文は一人の分です(例外は電文一覧にある種別のみ)。",
    "One message concerns one person, except for the types marked in the catalogue.",
)
BASIS_PRESENCE = Code(
    "HUB-MSG-012",
    "根拠(Basis)の有無が種別 {type} の規定に合いません",
    "Basis must be present in every message except an answer: type {type}.",
    "根拠を付けてください。回答(ANSWER)には付けません。",
    "State the basis; an answer has none.",
)
SUBJECT_IS_NUMBER = Code(
    "HUB-MSG-013",
    "Subject が番号の形をしています",
    "Subject looks like a number of a person.",
    "Subject には個人番号・住民票コードもそのハッシュも使えません。鍵付きの符号を使ってください。",
    "Subject must be a keyed token, never a number of a person nor its hash.",
)
ANSWER_UNKNOWN = Code(
    "HUB-MSG-014",
    "回答の {line} 行目が、この接続先へ配信した電文を指していません",
    "Line {line} of the answer names no message delivered to this endpoint.",
    "受け取った電文の MessageId とダイジェストで回答してください。",
    "Answer with the MessageId and digest of a message you received.",
)
ANSWER_CONFLICT = Code(
    "HUB-MSG-015",
    "回答の {line} 行目は、すでに終わった電文についての別の回答です",
    "Line {line} of the answer contradicts the final answer already given.",
    "最初の回答が有効です。訂正は新しい電文で行ってください。",
    "The first answer stands; correct it by a new message.",
)
ANSWER_CHECKPOINT = Code(
    "HUB-MSG-016",
    "回答の Checkpoint がこの交換記録と一致しません",
    "The checkpoint in the answer does not agree with this exchange log.",
    "記録の分岐の疑いがあります。直ちに管理者へ連絡し、hub log verify を実行してください。",
    "The log may be forked: call the administrator and run hub log verify.",
)
SURPRISE = Code(
    "HUB-MSG-017",
    "検査の途中で予期しない事態が起きたため、拒否しました({kind})",
    "A check met something unexpected and refused ({kind}).",
    "同じ電文を送り直さず、管理者に連絡してください。不具合として調べる必要があります。",
    "Do not resend; tell the administrator. This is a fault to be investigated.",
)
ANSWER_LINE_CODE = Code(
    "HUB-MSG-018",
    "回答の {line} 行目: 業務コードは rejected のときに限り、必ず付けます",
    "Line {line} of the answer: a domain code stands exactly where the level is rejected.",
    "rejected の行に業務コードを付け、他の行から取り除いてください。",
    "Give a code with rejected and with no other level.",
)
CORRECTS_NOTHING = Code(
    "HUB-MSG-019",
    "訂正の対象が、同じ送信元から同じ宛先へ受理された電文ではありません",
    "What this message corrects is no message of the same sender to the same recipient that was accepted.",
    "訂正できるのは、元の電文を送った接続先だけです。Corrects に元の MessageId を書いてください。",
    "Only the endpoint that sent a message can correct it; put its MessageId into Corrects.",
)
PERSON_DIED = Code(
    "HUB-MSG-025",
    "対象者の死亡により、渡す前に終わらせて消去しました(S39)",
    "Its person died before it was handed over: ended and erased (S39).",
    "ほかの対象者も載っていた電文なら、その人の分だけを送り直してください。",
    "If it named other persons too, send theirs anew.",
)
OBSERVER = Code(
    "HUB-MSG-020",
    "{sender} は流れ {flow} を観測できる接続先ではありません",
    "{sender} is no endpoint that may observe the flow {flow}.",
    "観測できる流れと接続先は flows.yaml の seen_by にあるものだけです。観測を送った接続を確かめてください。",
    "Only what flows.yaml names under seen_by may be observed. Look at the connector that sent it.",
)
OBSERVED_STRANGER = Code(
    "HUB-MSG-021",
    "観測の相手は流れ {flow} に加わりません",
    "The counterpart of the observation takes no part in the flow {flow}.",
    "Counterpart には、flows.yaml のその流れに現れる名前を書いてください。",
    "Name as Counterpart somebody who stands in that flow in flows.yaml.",
)
OBSERVED_CAUSE = Code(
    "HUB-MSG-022",
    "観測のもとになった電文がこの接続先へ渡されていないか、会話が異なります",
    "What the observation follows from was not handed to this endpoint, or belongs to another conversation.",
    "InReplyTo には受け取った電文の MessageId を、ConversationId にはその会話を書いてください。もとの電文がなければ InReplyTo を除いてください。",
    "Put the MessageId of a message you received into InReplyTo, its conversation into ConversationId; without one, leave InReplyTo out.",
)
OBSERVED_TIME = Code(
    "HUB-MSG-023",
    "観測した時刻が電文の作成より後です",
    "What was observed is later than the message that says so.",
    "SeenAt は CreatedAt より後になりません。相手のシステムと接続の時計を確かめてください。",
    "SeenAt is never after CreatedAt. Check the clocks of the partner and of the connector.",
)
OBSERVATION_TO = Code(
    "HUB-MSG-024",
    "宛先 hub は観測のためだけにあり、観測の宛先は hub だけです({type})",
    "The recipient hub is for observations alone, and observations go nowhere else ({type}).",
    "観測(OB-SEEN)の Recipient を hub とし、他の電文には接続先を書いてください。",
    "Send observations (OB-SEEN) to hub, and everything else to an endpoint.",
)
BATCH_PLACE = Code(
    "HUB-MSG-026",
    "Batch の position が 1 から count までにありません",
    "The position of Batch is not within 1 to count.",
    "束の何通目かと総数を確かめて、作り直してください。",
    "Check the place in the set and the number of its messages, and make it anew.",
)
ATTACHMENTS_SIZE = Code(
    "HUB-MSG-027",
    "添付の大きさが規定にありません: 合わせて {size} バイト(一件の電文で 1 以上 {limit} バイトまで、空の添付は不可)",
    "The attachments are not within the limits: {size} bytes together (1 to {limit} bytes a message, none of them empty).",
    "ファイルを小さくするか、電文を分けてください。",
    "Make the files smaller, or send them with several messages.",
)
ATTACHMENT_TWICE = Code(
    "HUB-MSG-028",
    "同じ内容の添付が二度あります",
    "The same attachment stands twice.",
    "同じファイルは一度だけ添付してください。",
    "Attach a file once.",
)
ATTACHMENT_MISSING = Code(
    "HUB-MSG-029",
    "{number} 番目の添付が電文より先に届いていません",
    "Attachment {number} did not come before its message, or not all of it.",
    "添付を先に、電文を後に、同じ接続から送ってください。ためておける量を超えた分も届かなかったものとして扱います。",
    "Send the attachments first and the message after them, by the same endpoint. What was more than a sender may leave waiting counts as not sent.",
)
ATTACHMENT_DIFFERS = Code(
    "HUB-MSG-030",
    "{number} 番目の添付が、署名されたダイジェストと一致しません",
    "Attachment {number} is not what was signed: its digest differs.",
    "署名した後にファイルを変えていないか確かめ、新しい電文として送り直してください。",
    "See whether the file was changed after signing, and send it anew with a new message.",
)
