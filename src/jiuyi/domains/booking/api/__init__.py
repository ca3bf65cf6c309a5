"""Routes of booking."""

from jiuyi.domains.booking.api import appointments, clinics

ROUTES = [*clinics.ROUTES, *appointments.ROUTES]
