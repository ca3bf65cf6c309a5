"""Use cases that call out or run over several transactions."""
