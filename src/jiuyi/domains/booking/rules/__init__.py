"""Pure decisions of booking: no I/O, no clock; tested as tables."""
