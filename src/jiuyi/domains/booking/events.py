"""Facts that others may want to know. Ids only."""

from typing import ClassVar

from jiuyi.kit.events import Event


class AppointmentBooked(Event, frozen=True):
    """The hospital has confirmed it."""

    name: ClassVar[str] = "booking.appointment_booked"
    appointment_id: str


class AppointmentEnded(Event, frozen=True):
    """It will not take place; `state` is cancelled, expired, refused or stopped."""

    name: ClassVar[str] = "booking.appointment_ended"
    appointment_id: str
    state: str


class PlacesReturned(Event, frozen=True):
    """Places of a slot left their holder (the waitlist's cue)."""

    name: ClassVar[str] = "booking.places_returned"
    slot_id: str
