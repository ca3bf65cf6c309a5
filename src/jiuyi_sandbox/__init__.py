"""A hospital in a box: every outside system over real HTTP, with its own state and its own crypto.

It imports nothing of ``jiuyi``, so that two independent readings of each protocol must agree.
"""
