"""Patients: the people whose hospital files an account may use.

Nouns: *patient* (one row for each hospital file), *binding* (an account may use a patient's file, in a relation),
*verification* (one attempt to bind or open a file: what was claimed, and the ways to prove control of it), *access*
(who looked at a patient's data). The HIS owns the files. Nobody is bound on a name and a number alone: a code to the
phone on file, or one printed at the desk, is always asked for. It does not know what a file is used for.
"""
