"""Routes of booking."""

from jiuyi.domains.booking.api import clinics

ROUTES = [*clinics.ROUTES]
