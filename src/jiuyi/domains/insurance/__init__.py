"""Medical insurance as a payer: who is insured where, which class of settlement that is, and the settlement itself.

Nouns: *class* (a row of F22–F26 and F04), *capability* (class × channel: on or off, and why), *settlement* (one try to
have an order paid by an insurance and the patient together), *leg* (its part in payments), *task* (for people at the
desk). It takes no money and writes no ledger: `payments` does, through `agree_insurance`, `insurance_paid`,
`drop_insurance` and `return_insurance`.
"""
