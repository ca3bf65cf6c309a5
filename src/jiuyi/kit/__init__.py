"""The kit: what any service of this kind needs. It knows no word of the hospital and none of any vendor.

Pure modules (they import no framework): `states`, `problems`, `ids`, `money`, `clock`, `masking`, `outcomes`.
"""
