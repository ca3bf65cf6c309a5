"""Outpatient fees: what a visit left to pay.

Nouns: *visit* (a consultation as the HIS tells it), *bill* (单: paid whole or not at all), *line* (one item of a bill),
*checkout* (bills of one visit that somebody chose to pay: lines fixed, one order, entered in the HIS once), *refund*
(lines of a checkout that go back). What is to be paid always comes from the HIS at the moment of looking; only what was
chosen is kept. Queue and check-in are not here yet.
"""
