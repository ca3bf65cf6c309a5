"""Use cases of booking inside one transaction. Other domains use what is named here."""

from jiuyi.domains.booking.service.appointments import access_appointment
from jiuyi.domains.booking.service.clinics import clinics_of_doctor, list_clinics, list_slots
from jiuyi.domains.booking.service.showing import Shop, view, views

__all__ = ["Shop", "access_appointment", "clinics_of_doctor", "list_clinics", "list_slots", "view", "views"]
