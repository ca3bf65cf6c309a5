"""Staff: the hospital's own machines at which money is taken, and who stands at them.

Nouns: *device* (a counter's computer, a self-service machine, a hand-held), *key* (what a device proves itself with;
only its digest is kept), *operator* (a member of staff by number), *shift* (an operator at a device, from signing in
to handing over). It knows nothing of patients or money.
"""
