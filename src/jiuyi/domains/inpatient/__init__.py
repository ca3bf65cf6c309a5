"""Inpatient: so far the deposit (预交金) of a stay.

Nouns: *stay* (one admission as the HIS tells it), *deposit* (a sum for a stay: one order, entered in the HIS once).
Who is bound to a patient sees the stay's sums; who pays for somebody else, by number and name or by the code at the
bed, learns a masked name and the ward, and nothing of the sums. Bills by day and admission are not here yet.
"""
