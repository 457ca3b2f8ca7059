"""How large a log can be: verified by both verifiers, appended to, and searched, at ten thousand entries and at millions."""
