"""The hospital's HIS, through the external integration platform (docs/contracts/his.md)."""
