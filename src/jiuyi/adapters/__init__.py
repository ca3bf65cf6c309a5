"""One folder per outside system. They satisfy the domains' ports and do not know each other."""
