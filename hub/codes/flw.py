"""HUB-FLW: what the flows of the document demand of several messages together, found in the log afterwards."""

from hub.errors import Code

UPDATE_MISSING = Code(
    "HUB-FLW-001",
    "転入通知(A3-5a)は出たのに、同じ異動の本人確認情報の更新(A3-5b の元)が時間内に受け取られていません(L620)",
    "A 転入通知 (A3-5a) went out, and the update of the same 異動 (of which A3-5b follows) was not taken in time (L620).",
    "住記が更新を送ったか、その電文が保留・却下・未回答でないかを確かめ、更新を届けてください。転入通知はそのままで正しいものです。",
    "Find out whether 住記 sent the update and whether it is held, rejected or unanswered, and have it delivered. The 転入通知 stands.",
)
NOTICE_MISSING = Code(
    "HUB-FLW-002",
    "本人確認情報の更新(A3-5b の元)は受け取られたのに、同じ異動の転入通知(A3-5a)が時間内に受け取られていません(L620)",
    "The update (of which A3-5b follows) was taken, and the 転入通知 of the same 異動 (A3-5a) was not taken in time (L620).",
    "転入通知の電文が保留・却下・未回答でないかを確かめ、転出地へ届けてください。更新はそのままで正しいものです。",
    "Find out whether the 転入通知 is held, rejected or unanswered, and have it delivered. The update stands.",
)
