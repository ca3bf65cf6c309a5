"""One-time codes by SMS: how a person proves that a phone is in their hand.

Nouns: *code* (six digits, five minutes, once, bound to a purpose and a subject). Limits are counted in PostgreSQL,
in the transaction that issues a code, because they guard money and identity. It does not know what a code is for.
"""
