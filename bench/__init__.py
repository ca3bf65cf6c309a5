"""Measurements, each with its yardstick beside it: `make bench`."""
