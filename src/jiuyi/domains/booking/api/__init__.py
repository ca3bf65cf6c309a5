"""Routes of booking."""

from jiuyi.domains.booking.api import appointments, clinics, mdt

ROUTES = [*clinics.ROUTES, *appointments.ROUTES, *mdt.ROUTES]
