"""Booking: from the clinics that the hospital offers to an appointment that the hospital has confirmed.

Nouns: *clinic* (a schedule of the HIS: who sees patients where and when), *slot* (its half hours, with a quota),
*admission* (who gets a place), *appointment* (one patient's place, with three axes: its own state, the placement in the
HIS, and the order's payment state, which belongs to payments), *offer* (a place kept for somebody whose clinic was
stopped), *MDT application* (what a disease team wants to read before it sees a patient).

It does not own schedules or sequence numbers (the HIS does), nor money (payments does).
"""
