"""Reconciliation: is every fen where everybody says it is?

Once a day each channel's bill, the HIS's statement, the insurance centre's bill and our own ledger are compared; every
difference becomes an *item* with its class, what the system did about it, and what two people decided. Nouns: run (one
comparison of one day), line (what one side says), item (a difference), proposal and decision (maker and checker).
It never edits money: repairs go through the flows of payments and of the domain that an order belongs to.
"""
