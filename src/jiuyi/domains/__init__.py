"""The hospital's words: one package a domain, the same file names in each (docs/architecture.md)."""
