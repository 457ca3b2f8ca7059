"""Law as data: the tables of the document, and the pure function that asks them (docs/provisions.md).

Import from the modules: `load.load`, `decide.decide`, `question.Question`, `lawbook.with_confirmations`. No names are lifted
up here, for `load` and `decide` are both a module and its function.
"""
