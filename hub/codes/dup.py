"""HUB-DUP: one effect per (Sender, MessageId) for the life of the log (design promise 5)."""

from hub.errors import Code

OTHER_BYTES = Code(
    "HUB-DUP-001",
    "同じ MessageId で内容の違う電文です",
    "Other bytes under a MessageId that is already known.",
    "改ざんか送信側の不具合です。送信側を調べてください。新しい内容には新しい MessageId を使います。",
    "Tampering or a fault of the sender: investigate it. New content needs a new MessageId.",
)
