"""Routes of booking."""

from jiuyi.domains.booking.api import appointments, clinics, mdt

__all__ = ["ROUTES", "hold_place"]

hold_place = appointments.hold_place
ROUTES = [*clinics.ROUTES, *appointments.ROUTES, *mdt.ROUTES]
