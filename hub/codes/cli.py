"""HUB-CLI: how a command was called."""

from hub.errors import Code

UNKNOWN_TABLE = Code(
    "HUB-CLI-001",
    "そのような表はありません: {table}({tables} のいずれか)",
    "There is no such table: {table} (one of {tables}).",
    "hub rules list で表の名前を確かめてください。",
    "See hub rules list for the names of the tables.",
)
BAD_DATE = Code(
    "HUB-CLI-002",
    "{option} は YYYY-MM-DD の実在する日でなければなりません",
    "{option} must be an existing day YYYY-MM-DD.",
    "例: 2026-04-01",
    "For example 2026-04-01.",
)
NO_ENTRY = Code(
    "HUB-CLI-003",
    "交換記録に {index} 番の記録はありません",
    "The exchange log has no entry {index}.",
    "番号は 0 から始まります。hub log checkpoint で大きさを確かめてください。",
    "Indexes begin at 0; hub log checkpoint shows the size.",
)
NO_ROW = Code(
    "HUB-CLI-004",
    "根拠の表に行がありません: {table} の項 {item}",
    "The tables have no such row: {table} item {item}.",
    "hub rules list で表と項を確かめ、--table と --item で指定してください。",
    "See hub rules list and name it with --table and --item.",
)
NO_ENDPOINT = Code(
    "HUB-CLI-005",
    "この区画にない接続先です: {endpoint}",
    "This zone has no endpoint {endpoint}.",
    "routing.yaml の接続先の名前を使ってください。",
    "Use an endpoint's name from routing.yaml.",
)
NOT_IN_INBOX = Code(
    "HUB-CLI-006",
    "その電文は、いま回答を待っていません",
    "That message is not waiting for an answer now.",
    "hub inbox で MessageId を確かめてください。同じ系列の前の電文が先です。",
    "See hub inbox; an earlier message of the same lane comes first.",
)
BODY_NOT_XML = Code(
    "HUB-CLI-007",
    "中身が XML として読めません: 行 {line}",
    "The payload is not readable as XML: line {line}.",
    "ファイルを確かめてください。",
    "Check the file.",
)
FILE_UNREADABLE = Code(
    "HUB-CLI-008",
    "ファイルが読めません: {path}",
    "The file cannot be read: {path}.",
    "ファイルの名前と権限、文字のファイルなら UTF-8 であることを確かめてください。",
    "Check the file's name and permissions, and that a file of text is UTF-8.",
)
NO_FLOW = Code(
    "HUB-CLI-040",
    "そのような流れはありません: {id}",
    "There is no flow {id}.",
    "hub flows で番号を確かめてください。丸数字は数字で書きます(別添1 の前半の 1-③ は A1-3、後半の 8-③ は B8-3)。",
    "See hub flows; circled numbers are written as digits (1-③ of the first half is A1-3, 8-③ of the second B8-3).",
)
BAD_JOB = Code(
    "HUB-CLI-041",
    "作業番号は英数字とハイフンで書いてください",
    "A job number has letters, digits and hyphens.",
    "例: R8-0042",
    "For example R8-0042.",
)
UNKNOWN_COMMAND = Code(
    "HUB-CLI-042",
    "{group} にそのようなコマンドはありません。あるもの: {expected}",
    "{group} has no such command. It has: {expected}.",
    "--help を付けると、コマンドの一覧が出ます。",
    "With --help it lists its commands.",
)
MISSING = Code(
    "HUB-CLI-043",
    "{option} を指定してください: {expected}",
    "{option} is missing: {expected}.",
    "そのコマンドに --help を付けると、要るものがすべて分かります。",
    "The command's --help shows all that it needs.",
)
BAD_VALUE = Code(
    "HUB-CLI-044",
    "{option} の値が正しくありません。求めるもの: {expected}",
    "The value of {option} will not do; wanted: {expected}.",
    "値を改めてください。",
    "Give another value.",
)
UNKNOWN_OPTION = Code(
    "HUB-CLI-045",
    "{command} に {option} というオプションはありません。あるもの: {expected}",
    "{command} has no option {option}. It has: {expected}.",
    "そのコマンドの --help で確かめてください。",
    "See the command's --help.",
)
BAD_OPTION = Code(
    "HUB-CLI-046",
    "{option} に続く値が足りないか、要らない値が付いています",
    "{option} lacks the value that must follow it, or has one that it does not take.",
    "そのコマンドの --help で確かめてください。",
    "See the command's --help.",
)
SURPLUS = Code(
    "HUB-CLI-047",
    "コマンドの書き方が正しくありません。求める形: {expected}",
    "The command is not written as it should be: {expected}.",
    "余分な引数を取り除いてください。空白を含む値は引用符で囲みます。",
    "Take away what is too much; a value with blanks needs quotation marks.",
)
BAD_PATH = Code(
    "HUB-CLI-048",
    "この場所は使えません: {path}({reason})",
    "This place cannot be used: {path} ({reason}).",
    "フォルダーがあるか、同じ名前のファイルがないか、権限があるかを確かめてください。",
    "See that the folder is there, that no file has its name, and that you may write in it.",
)
UNFORESEEN = Code(
    "HUB-CLI-049",
    "予期しない誤りで終わりました: {type}({place})",
    "The command ended on an error that nobody foresaw: {type} ({place}).",
    "この一行を添えて知らせてください(値は含みません)。記録が心配なら hub log verify を実行してください。",
    "Report this line; it holds no values. If you fear for the log, run hub log verify.",
)
BAD_ROOT_KEY = Code(
    "HUB-CLI-050",
    "--root-key はルート鍵(名前+符号+公開鍵)の一行でなければなりません",
    "--root-key must be the one line of a root key: name+id+public key.",
    "hub init が示した一行か、keys/root.vkey の中身を、そのまま指定してください。",
    "Give the line that hub init printed, or what stands in keys/root.vkey, as it is.",
)
NO_OUTPUT = Code(
    "HUB-CLI-051",
    "結果を書き出せませんでした: {reason}",
    "The result could not be written: {reason}.",
    "標準出力の先(ディスクの空き、つないだ先)を確かめてください。コマンドの仕事は済んでいることがあるので、もう一度実行する前に結果を調べてください。",
    "Look at where standard output goes (disk, pipe). The command's work may be done already: look before you run it again.",
)
BAD_TIME = Code(
    "HUB-CLI-052",
    "{option} は時差まで書いた実在の日時でなければなりません",
    "{option} must be an existing time that says its zone.",
    "例: 2026-05-02T00:00:00+09:00 または 2026-05-01T15:00:00Z",
    "For example 2026-05-02T00:00:00+09:00 or 2026-05-01T15:00:00Z.",
)
BAD_MESSAGE_ID = Code(
    "HUB-CLI-053",
    "{option} は MessageId(小文字の UUID 第7版)でなければなりません",
    "{option} must be a MessageId: a UUID of version 7 in lower case.",
    "hub sign や hub inbox が示した MessageId を、そのまま指定してください。",
    "Give the MessageId that hub sign or hub inbox printed, as it is.",
)
BAD_SUBJECT = Code(
    "HUB-CLI-054",
    "--subject は、意味を持たない半角英数字・「-」・「_」22から64文字で、同じものは一度だけです",
    "--subject is an opaque token of 22 to 64 letters, digits, - or _, and each is given once.",
    "氏名や番号ではなく、送信側が振った符号を指定してください。省略すると新しく作ります。",
    "Give the sender's own token, never a name or a number; without one a new one is made.",
)
ONE_SUBJECT = Code(
    "HUB-CLI-055",
    "{type} の対象者は一人だけです",
    "A message of type {type} is about one person.",
    "一人ずつ電文を分けてください。何人分も載せられる種別は docs/messages.md にあります。",
    "Sign one message for each; docs/messages.md tells which types take several.",
)
NO_CLAIM = Code(
    "HUB-CLI-056",
    "{way} {type} に今日使える根拠の行がありません。経路が承認されている根拠: {candidates}",
    "No row of law can be claimed today for {way} {type}. The route is approved for: {candidates}.",
    "hub rules list と hub confirm list で行の状態を確かめるか、--table と --item で指定してください。",
    "See hub rules list and hub confirm list, or name a row with --table and --item.",
)
MANY_CLAIMS = Code(
    "HUB-CLI-057",
    "{way} {type} の根拠の行が一つに決まりません: {candidates}",
    "More than one row of law could be claimed for {way} {type}: {candidates}.",
    "事務に合う行を --table と --item で指定してください。",
    "Name the one that fits the affair with --table and --item.",
)
IN_HAND = Code(
    "HUB-CLI-058",
    "その電文は、いま {endpoint} のコネクタが扱っています",
    "The connector of {endpoint} has that message in hand.",
    "回答はコネクタがします。扱えずに返したものは、そのあとで hub inbox に現れるか、hub hold list に入ります。",
    "The connector answers it. What it gives back appears in hub inbox after that, or under hub hold list.",
)
MEDIA_TYPE = Code(
    "HUB-CLI-059",
    "添付の種類が MIME タイプの形ではありません",
    "What is given as the type of an attachment is no media type.",
    "--attach 'ファイル;type=application/pdf' のように半角小文字で指定するか、;type= を省略してください。",
    "Give it in lower case, as in --attach 'FILE;type=application/pdf', or leave ;type= out.",
)
OTHER_FILES = Code(
    "HUB-CLI-060",
    "指定した {given} 個のファイルは、電文が署名した {declared} 個の添付と同じではありません。何も送っていません。",
    "The {given} files given are not the {declared} attachments that the message signs; nothing was sent.",
    "署名したときと同じファイルを、すべて --attach で指定してください。",
    "Name with --attach all the files that were signed, as they were.",
)
ATTACHMENT_BROKEN = Code(
    "HUB-CLI-061",
    "{number} 番目の添付が、署名されたダイジェストと一致しないか、もうありません。書き出していません。",
    "Attachment {number} is not what was signed, or is there no more; it was not written.",
    "hub inbox で、その電文がまだ受信箱にあるかを確かめてください。あるのに続くときは管理者に連絡してください。",
    "See with hub inbox whether the message is still there. If it is and this goes on, tell the administrator.",
)
NO_STORY = Code(
    "HUB-CLI-062",
    "交換記録に {id} はありません",
    "The exchange log knows no {id}.",
    "電文ID(MessageId)か会話ID(ConversationId)を、受領証や hub log search の結果から写してください。区画が違えばホームも違います。",
    "Copy a MessageId or ConversationId from a receipt or from hub log search; another zone has another home.",
)
NOT_AN_ID = Code(
    "HUB-CLI-063",
    "電文ID・会話IDの形ではありません",
    "This is not the form of a MessageId or ConversationId.",
    "0195e7a0-5a10-7c3e-9d52-000000000001 のような、小文字の UUID を指定してください。",
    "Give a UUID in lower case, such as 0195e7a0-5a10-7c3e-9d52-000000000001.",
)
ONE_WAY = Code(
    "HUB-CLI-064",
    "相手への道を一つ指定してください",
    "Name one way to the other side.",
    "網で聞くなら --url、媒体で運ぶなら --request で求めを書き、戻った応答を --response で指定します(証人には求めも)。",
    "By the network: --url. On a medium: --request writes the request, --response takes what came back (from a witness: both).",
)
REVEALS_TO_NOBODY = Code(
    "HUB-CLI-065",
    "見せる人(--person)と受け手の証明書(--to)がそろっていません",
    "Who reveals (--person) and to whom (--to) must both be named.",
    "中身を入れる束は、見せた人が記録に残り、受け手の証明書で封をします。",
    "A bundle with contents is recorded under a person, and sealed to its recipient's certificate.",
)
STORY_TOO_LONG = Code(
    "HUB-CLI-066",
    "やり取りが長すぎて、一つの束に入りません(500 件まで)",
    "The exchange is too long for one bundle (500 entries at most).",
    "電文IDで一部を選ぶか、hub log export で全体を書き出してください。",
    "Choose a part by MessageId, or export the whole log with hub log export.",
)
NOTHING_TO_REVEAL = Code(
    "HUB-CLI-067",
    "見せられる中身が残っていません",
    "Nothing is left that could be revealed.",
    "本文は期日に消去されます。--reveal なしの束は作れます。",
    "Bodies are erased on their day. A bundle without --reveal can be made.",
)
NO_ARCHIVES = Code(
    "HUB-CLI-068",
    "フォルダ {path} に書庫がありません",
    "There are no archives in the folder {path}.",
    "hub log archive で書いたフォルダを指定してください。封をした書庫は、受け手が hub media open で開いてからです。",
    "Name a folder that hub log archive wrote. Sealed archives are first opened by their recipient, with hub media open.",
)
ONE_SOURCE = Code(
    "HUB-CLI-069",
    "--export、--archives、区間(--from、--to)は同時に指定できません",
    "--export, --archives and a run (--from, --to) cannot be given together.",
    "どれか一つを指定してください。",
    "Give one of them.",
)
NO_TOKEN = Code(
    "HUB-CLI-070",
    "対象者の符号の形ではないものがあるか、{most} を超えています",
    "Something is no token of a person, or there are more than {most}.",
    "番号そのものを渡さず、接続先のホームで hub subject が作る符号を --subject に指定してください。",
    "Never give a number: give --subject the tokens that hub subject makes in the endpoint's home.",
)
NO_NUMBER = Code(
    "HUB-CLI-071",
    "標準入力に宛名番号がありません",
    "There is no number on standard input.",
    "番号をコマンドの引数にせず、標準入力の一行で渡してください。",
    "Give it as one line of standard input, never as an argument of the command.",
)
NO_TIME = Code(
    "HUB-CLI-072",
    "{option} の時刻の形が正しくありません",
    "The time of {option} is not in its form.",
    "例 2026-11-29T01:30:00Z(時差を付ける)。",
    "For example 2026-11-29T01:30:00Z; with its offset.",
)
BAD_LIST = Code(
    "HUB-CLI-073",
    "一覧の{line}行目に対象者の符号がないか、多すぎます",
    "Line {line} of the list has no token of a person, or there are too many.",
    "hub subject の出力を一行ずつ(世帯の一覧では行頭に職員番号を付けて)書いてください。番号は書きません。",
    "A line of hub subject's output each; in the list of households with the staff number in front. Never a number.",
)
NO_SUCH_LINE = Code(
    "HUB-CLI-074",
    "指定された行がないか(1 から {lines} まで)、理由が長すぎます",
    "There is no such line (1 to {lines}), or the reason is too long.",
    "hub disclosure show で行の番号を確かめてください。",
    "See the lines with hub disclosure show.",
)
NO_DRAFT = Code(
    "HUB-CLI-075",
    "開示の案のファイルではないか、ほかの方法で変えられています",
    "This is not a draft of a disclosure, or it was changed by other means.",
    "案は hub disclosure draft で作り、hub disclosure hide だけで変えてください。",
    "Make it with hub disclosure draft and change it with hub disclosure hide alone.",
)
OTHER_LINES = Code(
    "HUB-CLI-076",
    "二つの案の行が同じではありません",
    "The two drafts have different lines.",
    "案に行を足したか除いた人がいないか、または案の後に新しいやり取りがないか確かめてください。",
    "See whether somebody took a line out or put one in, or whether there were exchanges since it was drafted.",
)
