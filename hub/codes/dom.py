"""HUB-DOM: what a partner rejects on its own data (S16, L1227). The hub never raises these: they stand in signed answers or ledgers."""

from hub.errors import Code

ARRIVAL_OF_RESIDENT = Code(
    "HUB-DOM-001",
    "現存する住民に対する転入です(VAL-TENNYU-EXISTING)",
    "The message reports the arrival of a person who is already a resident (VAL-TENNYU-EXISTING).",
    "住記システムで住民票コードと異動事由を確かめ、正しい異動として送り直してください。",
    "Check the 住民票コード and the 異動事由 in the resident record system and send the right change.",
)
MOVE_CHANGES_MORE = Code(
    "HUB-DOM-002",
    "転居なのに住所以外の項目が変わっています(VAL-TENKYO-NONADDRESS)",
    "The message reports a move within the ward but changes more than the address (VAL-TENKYO-NONADDRESS).",
    "転居と職権修正を別の異動として送り直してください。",
    "Send the move and the correction as two changes.",
)
UNKNOWN_PERSON = Code(
    "HUB-DOM-003",
    "異動の対象者が受け手の側に記録されていません",
    "The person whom the change concerns is not recorded at the recipient.",
    "先に送るべき記載(転入、出生など)が届いているか、整合処理で確かめてください。",
    "Check by reconciliation whether the entry that comes first (arrival, birth) has reached the recipient.",
)
REMOVED_PERSON = Code(
    "HUB-DOM-004",
    "異動の対象者は受け手の側で既に消除されています",
    "The person whom the change concerns has already been removed at the recipient.",
    "消除のあとの異動でないか確かめてください。消除が誤りなら回復として送り直してください。",
    "Check whether the change came after the removal; if the removal was wrong, send a restoration (KAIFUKU).",
)
NO_MATCH = Code(
    "HUB-DOM-005",
    "通知の対象者を受け手の記録と突き合わせられません",
    "The notice matches no record at the recipient.",
    "氏名、生年月日、性別、国籍・地域を確かめてください。",
    "Check name, date of birth, sex and nationality.",
)
STALE_VERSION = Code(
    "HUB-DOM-006",
    "受け手は同じか新しい版を既に受け取っています",
    "The recipient has already taken this version or a newer one.",
    "最新の版を確かめ、訂正があれば版を上げて送り直してください。古い版は扱われません。",
    "Look up the newest version, and send a correction with a higher one. An older version is not dealt with.",
)
COPY_DIFFERS = Code(
    "HUB-DOM-007",
    "副本が原本と一致しません",
    "The copy differs from the original.",
    "住記システムから副本を登録し直してください。",
    "Register the copy again from the resident record system.",
)
COPY_FORM = Code(
    "HUB-DOM-008",
    "副本が形式チェックに合格しません",
    "The copy does not pass the form check.",
    "特定個人情報名コードと、世帯主である旨と続柄の組合せを確かめて登録し直してください。",
    "Check the 特定個人情報名コード and whether 世帯主である旨 and 続柄 agree, and register it again.",
)
NO_GROUND = Code(
    "HUB-DOM-009",
    "照会許可用照合リストにない照会です",
    "The enquiry is not on the list of permitted enquiries (照会許可用照合リスト).",
    "照会機関、事務、特定個人情報の組合せを確かめてください。住民基本台帳事務からの照会には根拠がありません。",
    "Check the enquirer, the affair and the information asked for. 住民基本台帳事務 has no ground to enquire.",
)
NO_PERMIT = Code(
    "HUB-DOM-010",
    "提供許可証又は経路情報がないか、提供許可証がこの求めのものと確かめられないか、既に使われています",
    "提供許可証 or 経路情報 is missing, or the 提供許可証 is not proven to be of this enquiry, or was used before.",
    "情報提供ネットワークシステムから提供許可証を受け直してください。",
    "Obtain a new 提供許可証 from the 情報提供ネットワークシステム.",
)
NO_FUGOU = Code(
    "HUB-DOM-011",
    "符号が未取得です",
    "The 符号 of the person has not been obtained.",
    "符号の取得が終わってから照会し直してください。",
    "Enquire again when the 符号 has been obtained.",
)
CONTENT_CHANGED = Code(
    "HUB-DOM-012",
    "承認された内容が、いま提供する内容と一致しません",
    "What was approved is not what would be provided now.",
    "副本が変わったか、承認が別の内容のものです。提供せず、内容を確かめて承認を求め直してください。",
    "The copy has changed, or the approval is of something else. Nothing is provided; ask for approval again.",
)
NOT_THE_BODYS = Code(
    "HUB-DOM-013",
    "提供の求めとその鍵が、照会機関の署名したものと確かめられないか、既に使われています",
    "The 提供の求め and its key are not proven to be of the body that is named, or were used before.",
    "何も提供していません。照会機関の登録済みの鍵を確かめ、途中で鍵が差し替えられていないか調べてください。",
    "Nothing is provided. Check the body's registered key, and find out whether a key was swapped on the way.",
)
FILING_FORM = Code(
    "HUB-DOM-040",
    "電子申請が手続の様式に合いません(様式にない項目は受け取りません)",
    "The filing does not fit the form of its procedure; an item that the form does not ask for is not taken.",
    "申請者に、手続の画面から申請し直すよう知らせてください。",
    "Tell the applicant to file again on the form of the procedure.",
)
CERTIFICATE_UNTRUSTED = Code(
    "HUB-DOM-041",
    "信頼する認証局の署名用電子証明書ではありません",
    "The certificate is no signing certificate of the trusted CA.",
    "個人番号カードの署名用電子証明書で申請し直すよう、申請者に知らせてください。",
    "Tell the applicant to sign with the 署名用電子証明書 of the 個人番号カード.",
)
CERTIFICATE_EXPIRED = Code(
    "HUB-DOM-042",
    "申請が届いたとき、署名用電子証明書は有効期間の外でした",
    "The certificate was outside its validity when the filing arrived.",
    "電子証明書の更新を案内してください。",
    "Tell the applicant to renew the certificate.",
)
CERTIFICATE_REVOKED = Code(
    "HUB-DOM-043",
    "署名用電子証明書は失効しています",
    "The certificate has been revoked.",
    "氏名や住所の変更、カードの紛失などで失効します。窓口での届出を案内してください。",
    "It is revoked by a change of name or address or a lost card: ask the applicant to come to the counter.",
)
FILING_CHANGED = Code(
    "HUB-DOM-044",
    "申請の内容が署名と合いません(改ざん検知)",
    "The content of the filing is not what was signed.",
    "申請を使わず、サービス検索・電子申請機能との通信を調べてください。",
    "Do not use the filing; examine the link to the サービス検索・電子申請機能.",
)
APPLICANT_DIFFERS = Code(
    "HUB-DOM-045",
    "署名した人と申請者が違います",
    "Who signed is not who files.",
    "本人が自分の個人番号カードで申請するよう知らせてください。同じ申請番号の訂正も、初めに申請した人しかできません。",
    "Applicants file with their own card; and only who filed first can correct a filing.",
)
SERIAL_NOT_LINKED = Code(
    "HUB-DOM-046",
    "署名用電子証明書のシリアル番号に宛名番号が紐付いていません",
    "No 宛名番号 is linked to the serial of the certificate.",
    "住民記録システムの番号紐付情報を確かめ、紐付けの後に申請し直すよう知らせてください。",
    "Check the 番号紐付情報 of the resident record system; the applicant files again after the link.",
)
SERIAL_OF_ANOTHER = Code(
    "HUB-DOM-047",
    "シリアル番号は別の宛名番号に紐付いています",
    "The serial is linked to another 宛名番号.",
    "住民記録システムで、どちらの証明書かを確かめてください。",
    "Find out in the resident record system whose certificate it is.",
)
LINK_NOT_FOUND = Code(
    "HUB-DOM-048",
    "解除する紐付けがありません",
    "There is no such link to end.",
    "番号紐付情報の送り漏れがないか確かめてください。",
    "Check whether the 番号紐付情報 that made the link was sent.",
)
TERMINAL_NOT_LISTED = Code(
    "HUB-DOM-049",
    "一覧にない端末で扱われた申請です",
    "The filing was handled at a terminal that is not on the list.",
    "LGWAN接続端末の一覧(connectors/shinsei/terminals.yaml)を確かめ、一覧の端末で扱い直してください。",
    "Check the list of LGWAN terminals (connectors/shinsei/terminals.yaml) and handle the filing at one of them.",
)
ALREADY_NUMBERED = Code(
    "HUB-DOM-030",
    "住民票コードには既に個人番号があります",
    "The 住民票コード already has an 個人番号.",
    "新規の生成要求でよいかを住記システムで確かめてください。変更なら事由を変更として要求してください。",
    "Check in the resident record system whether the request is for somebody new; ask for a change if it is one.",
)
NO_SUCH_MUNICIPALITY = Code(
    "HUB-DOM-031",
    "宛先の市区町村のCSがありません",
    "There is no CS of this municipality.",
    "転出元の市町村コードを確かめて、依頼し直してください。",
    "Check the code of the former municipality and send the request again.",
)
REQUEST_REPEATED = Code(
    "HUB-DOM-032",
    "この番号の依頼は既に受け付けています",
    "A request under this number has been taken already.",
    "別の依頼なら新しい番号で送ってください。同じ依頼なら何もする必要はありません。",
    "Send another request under a new number; the same one needs nothing more.",
)
DAY_NOT_CLOSED = Code(
    "HUB-DOM-033",
    "基準年月日の記録が受け手にありません",
    "The recipient has no record of the state on that 基準年月日.",
    "締めの済んだ日(前日まで)を基準年月日として送り直してください。",
    "Send it again for a day that is closed: yesterday or before.",
)
