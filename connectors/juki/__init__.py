"""The room of 住民記録 (juki): a synthetic ward, its day of events, and the messages that follow (README.md)."""
