"""The exchange log (交換記録): entries in an RFC 6962 tree, C2SP checkpoints and proofs, stamps, offline verification.

Pure: bytes, times and keys are passed in. docs/spec/exchange-log.md is written so that a second verifier needs only it.
"""
