"""Audit: who did what to whose data, when. Append-only, sealed into a hash chain that anybody can verify.

Nouns: *entry* (one act, inserted in the transaction of the act), *seal* (its place in the chain, given a moment later).
It does not decide anything and holds no personal data in clear.
"""
