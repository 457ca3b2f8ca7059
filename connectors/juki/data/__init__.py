"""Public data and lists of words from which the synthetic ward is made (README.md)."""
