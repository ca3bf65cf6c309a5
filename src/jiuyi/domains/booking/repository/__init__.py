"""Every SQL of booking, by subject. `STATEMENTS` is all of it, for the meta-test that PREPAREs each."""

from jiuyi.domains.booking.repository import admission, appointments, clinics, mdt, mirror, places

STATEMENTS = (
    *mirror.STATEMENTS,
    *clinics.STATEMENTS,
    *admission.STATEMENTS,
    *appointments.STATEMENTS,
    *places.STATEMENTS,
    *mdt.STATEMENTS,
)
