"""Budget arithmetic: ledger, wire value, stages, fuses. Pure, no I/O."""
