"""Every SQL of accounts: `people` (accounts, identities, sessions) and `joining`."""

from jiuyi.domains.accounts.repository import joining, people

__all__ = ["joining", "people"]
