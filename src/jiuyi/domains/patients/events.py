"""Facts about bindings."""

from typing import ClassVar
from uuid import UUID

from jiuyi.kit.events import Event


class BindingAdded(Event, frozen=True):
    """An account may use a patient's file from now on: everybody else bound to it is told."""

    name: ClassVar[str] = "patients.binding_added"
    binding_id: UUID


class BindingEnded(Event, frozen=True):
    """An account may not use the file any more (it unbound, or the patient revoked it)."""

    name: ClassVar[str] = "patients.binding_ended"
    binding_id: UUID
    patient_id: UUID
    account_id: UUID
