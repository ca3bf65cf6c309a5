"""Every SQL of reconciliation: `runs` (comparisons), `lines` (what the sides say), `items` (differences)."""
