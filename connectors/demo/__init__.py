"""A day in the ward, end to end: plans it, plays it with real processes, and checks the plan against every ledger and log."""
