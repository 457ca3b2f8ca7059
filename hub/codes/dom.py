"""HUB-DOM: what a partner rejects on its own data (S16, L1227). The hub never raises these: they stand in signed answers."""

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
