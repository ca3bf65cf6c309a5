"""Use cases of booking inside one transaction. Other domains use what is named here."""

from jiuyi.domains.booking.service.clinics import clinics_of_doctor, list_clinics, list_slots

__all__ = ["clinics_of_doctor", "list_clinics", "list_slots"]
