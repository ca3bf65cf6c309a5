"""The axes of booking's tables, for `kit.moves`."""

from jiuyi.domains.booking.types import application_state, appointment_placement, appointment_state
from jiuyi.kit.moves import Axis

STATE = Axis("booking", "appointment", "state", appointment_state)
PLACEMENT = Axis("booking", "appointment", "placement", appointment_placement)
APPLICATION = Axis("booking", "mdt_application", "state", application_state)
