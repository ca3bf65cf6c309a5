"""Accounts: a person as the channels know them.

Nouns: *account* (a person), *identity* (how one channel names that person: an openid), *session* (an opaque, revocable
token of one device). Identities join one account only after the same phone is verified in both, never silently.
It knows nothing of patients.
"""
