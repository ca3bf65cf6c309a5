"""Use cases of patients inside one transaction.

For other domains: `access_patient` is the only door from an id in a request to a patient; `bound_patients` lists an
account's; `is_bound`, `by_his_id` are for jobs; `patient_view` masks one, `masked_names` only names; `clear` opens
what a call to the HIS needs; `note_access` records that somebody looked; `new_binding` says whom to tell about a
binding; `limits` is what pages announce.
"""

from jiuyi.domains.patients.service.access import (
    Clear,
    access_patient,
    accesses,
    accounts_of,
    bound_patients,
    by_his_id,
    card,
    clear,
    is_bound,
    masked_names,
    note_access,
    on_file,
    patient_page,
    patients_page,
)
from jiuyi.domains.patients.service.bindings import (
    bindings_view,
    change_patient,
    confirm,
    limits,
    new_binding,
    revoke,
    unbind,
)
from jiuyi.domains.patients.service.desk import file_at_desk, holder_of, shown_at_desk
from jiuyi.domains.patients.service.helping import HeldBy, holders, unbind_by_staff
from jiuyi.domains.patients.service.joining import offer_to_claimant
from jiuyi.domains.patients.service.views import patient_view, pending_view, verification_view

__all__ = [
    "Clear",
    "HeldBy",
    "access_patient",
    "accesses",
    "accounts_of",
    "bindings_view",
    "bound_patients",
    "by_his_id",
    "card",
    "change_patient",
    "clear",
    "confirm",
    "file_at_desk",
    "holder_of",
    "holders",
    "is_bound",
    "limits",
    "masked_names",
    "new_binding",
    "note_access",
    "offer_to_claimant",
    "on_file",
    "patient_page",
    "patient_view",
    "patients_page",
    "pending_view",
    "revoke",
    "shown_at_desk",
    "unbind",
    "unbind_by_staff",
    "verification_view",
]
