"""A hospital in a box: every outside system Jiuyi talks to, over real HTTP.

It imports nothing of ``jiuyi``: each protocol is read and written a second time here, so that two independent
readings of a contract must agree. See ``docs/sandbox.md`` for addresses, keys, sample people and magic inputs.
"""
