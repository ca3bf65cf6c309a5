"""Catalog: what the hospital offers and who works there, mirrored from the HIS.

Nouns: campus, department (two levels), doctor, MDT team, favourite, availability. The HIS owns all but favourites;
what it no longer lists becomes inactive, never deleted. When a doctor can be booked next is `availability`, written by
booking (this domain knows nothing of slots). Reads come from an in-process `Directory`.
"""
