"""Tools to speak foreign protocols: the HTTP client, envelopes, and the hospital's one door (外联平台)."""
