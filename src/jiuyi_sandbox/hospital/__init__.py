"""The sample hospital: large, believable, fictional, and the same for the same seed. Pure data, no store, no clock."""
