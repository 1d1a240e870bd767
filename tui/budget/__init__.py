"""Budget arithmetic: ledger, wire value, stages, hard limits. Pure, no I/O."""
