"""Worked examples of medical insurance, for the OpenAPI page."""

from __future__ import annotations

from typing import Any

Example = dict[str, Any]

_PERSON: Example = {
    "psn_no": "43010000000000000117",
    "name": "何家俊",
    "document_type": "residence_permit",
    "document_number": "820000199302140396",
    "certificate_type": "01",
    "sex": "male",
    "birth_date": "1993-02-14",
    "ec_token": None,
    "schemes": [
        {
            "insutype": "310",
            "psn_type": "1101",
            "state": "normal",
            "paused_on": None,
            "insured_place": "430100",
            "place_name": "湖南省长沙市",
            "place_name_en": "Changsha, Hunan",
            "account_fen": 67000,
            "employer": "湘江软件有限公司",
        }
    ],
    "entitlements": [],
}
_VISIT: Example = {
    "mdtrt_id": "M26112300000017",
    "psn_no": "43010000000000000117",
    "insutype": "310",
    "med_type": "11",
    "disease_code": None,
    "visit_no": "MZ26112300004",
    "registered_at": "2026-11-23T09:20:00+08:00",
}
_SPLIT: Example = {
    "total_fen": 6500,
    "pooled_fen": 2250,
    "personal_account_fen": 4250,
    "own_fen": 0,
    "other_fen": 0,
}
_BILL: Example = {
    "mdtrt_id": "M26112300000017",
    "psn_no": "43010000000000000117",
    "order_no": "JY20261123F00000042",
    "use_account": True,
    "lines": [
        {
            "line_no": "DJ26112300012-01",
            "code": "E0101",
            "name": "十二导联心电图",
            "med_list_code": "003107010010000-310701001",
            "quantity": "1",
            "price": "65.00",
            "amount_fen": 6500,
        }
    ],
}
_SETTLED: Example = {
    "request_no": "JY20261123S00000042",
    "settlement_no": "4420261123000000000017",
    "state": "settled",
    "mdtrt_id": "M26112300000017",
    "psn_no": "43010000000000000117",
    "order_no": "JY20261123F00000042",
    "split": _SPLIT,
    "settled_at": "2026-11-23T09:41:07+08:00",
    "reversal_no": None,
    "reversed_at": None,
}

OPERATION_EXAMPLES: dict[str, tuple[Example, Example]] = {
    "insurance.identify": (
        {"document_type": "residence_permit", "document_number": "820000199302140396", "name": "何家俊"},
        {"person": _PERSON, "as_of": "2026-11-23T09:20:00+08:00"},
    ),
    "insurance.visit": (
        {
            "request_no": "JY20261123V00000042",
            "patient_id": "P0000011",
            "psn_no": "43010000000000000117",
            "insutype": "310",
            "med_type": "11",
            "disease_code": None,
            "certificate": "e_voucher",
            "visit_no": "MZ26112300004",
            "department_code": "D0301",
            "doctor_code": "T00123",
            "began_at": "2026-11-23T09:05:00+08:00",
        },
        _VISIT,
    ),
    "settlements.presettle": (_BILL, _SPLIT),
    "settlements.settle": ({"request_no": "JY20261123S00000042", **_BILL, "split": _SPLIT}, _SETTLED),
    "settlements.reverse": (
        {
            "request_no": "JY20261123X00000042",
            "settlement_request_no": "JY20261123S00000042",
            "reason": "自费部分未支付",
        },
        _SETTLED
        | {"state": "reversed", "reversal_no": "X4420261123000017", "reversed_at": "2026-11-23T09:52:30+08:00"},
    ),
    "settlements.find": ({"settlement_request_no": "JY20261123S00000042"}, _SETTLED),
}
