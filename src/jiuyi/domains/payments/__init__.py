"""Payments: orders, attempts to pay them, refunds, and the ledger that proves every fen.

An *order* is what a patient owes for one thing (its amount never changes). An *attempt* is one try to pay it through
a channel, with its own number there. A *refund* sends money of one attempt back the way it came. Every movement of
money is a balanced *posting* of append-only *entries*; sums of orders are read from them.

It does not know what is paid for (others subscribe to its events), and it believes only the channel: the phone's word
is a hint, a notice is compared field by field, and what is unknown is asked again with the same number.
"""
