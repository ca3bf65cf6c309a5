"""Notifications: telling people what happened, inside the app and through their channel.

Nouns: *message* (what an account is told; shown in the message centre), *delivery* (one attempt to carry it out of the
app: a WeChat template message or an SMS). It does not decide that something is worth telling: other domains do.
"""
