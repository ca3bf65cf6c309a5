"""Pure decisions about identities, ages, relations and proofs."""

from jiuyi.domains.patients.rules.documents import document_number, from_mainland_number
from jiuyi.domains.patients.rules.forms import FormIn, GuardianIn, check_form
from jiuyi.domains.patients.rules.names import name_as_filed
from jiuyi.domains.patients.rules.people import age_on, is_family, is_minor, may_change_relation, may_oversee

__all__ = [
    "FormIn",
    "GuardianIn",
    "age_on",
    "check_form",
    "document_number",
    "from_mainland_number",
    "is_family",
    "is_minor",
    "may_change_relation",
    "may_oversee",
    "name_as_filed",
]
