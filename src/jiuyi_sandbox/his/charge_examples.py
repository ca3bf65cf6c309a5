"""Worked examples of outpatient fees and inpatient deposits, for the OpenAPI page."""

from __future__ import annotations

from typing import Any

Example = dict[str, Any]

_LINE: Example = {
    "line_no": "01",
    "code": "E0101",
    "name": "十二导联心电图",
    "name_en": "12-lead ECG",
    "category": "03",
    "spec": "",
    "unit": "次",
    "quantity": "1",
    "price": "65.00",
    "amount_fen": 6500,
    "med_list_code": "003107010010000-310701001",
    "insurance_class": "A",
    "self_pay_ratio": "0",
}
_BILL: Example = {
    "bill_no": "DJ26112300012",
    "kind": "exam",
    "title": "检查",
    "title_en": "Examination",
    "summary": "十二导联心电图",
    "summary_en": "12-lead ECG",
    "line_count": 1,
    "amount_fen": 6500,
    "opened_at": "2026-11-23T09:26:00+08:00",
    "valid_until": "2026-11-26T23:59:59+08:00",
    "state": "unpaid",
    "lock": None,
    "insurance": True,
}
_VISIT: Example = {
    "visit_no": "MZ26112300004",
    "registration_no": "R26112300037",
    "patient_id": "P0000002",
    "date": "2026-11-23",
    "opened_at": "2026-11-23T09:26:00+08:00",
    "kind": "ordinary",
    "disease_code": None,
    "disease_name": None,
    "department_code": "D0301",
    "department_name": "心血管内科",
    "department_name_en": "Cardiology",
    "department_national_code": "A03.01",
    "doctor_code": "T00123",
    "doctor_name": "林志远",
    "doctor_name_en": "Lin Zhiyuan",
    "doctor_national_code": "D44010000000123",
    "campus_code": "C1",
    "diagnoses": [{"code": "I25.103", "name": "冠状动脉粥样硬化性心脏病", "main": True}],
    "note": "",
    "note_en": "",
    "bills": [_BILL],
}
_PAYMENT: Example = {
    "order_no": "P06A4BQK8ZV3W1N2M",
    "channel": "wechat",
    "transaction_id": "4200002646202611231234567890",
    "amount_fen": 6500,
    "paid_at": "2026-11-23T10:05:29+08:00",
}
_RECEIPT: Example = {
    "receipt_no": "FS26112300007",
    "request_no": "C06A4BQK8ZV3W1N2M",
    "visit_no": "MZ26112300004",
    "order_no": "P06A4BQK8ZV3W1N2M",
    "state": "confirmed",
    "bill_nos": ["DJ26112300012"],
    "amount_fen": 6500,
    "refunded_fen": 0,
    "confirmed_at": "2026-11-23T10:05:31+08:00",
    "minutes": 30,
    "guide": [
        {
            "kind": "exam",
            "title": "检查",
            "title_en": "Examination",
            "place": "门诊楼 3 楼 A 区 检查登记台",
            "place_en": "Outpatient Building 3/F, Area A, examination desk (检查登记台)",
            "ticket": None,
            "pickup_code": None,
            "state": "ticket_there",
            "ahead": None,
            "minutes_low": None,
            "minutes_high": None,
            "note": "先到登记台取号，穿方便解开的上衣。",
            "note_en": "Take a number at the desk first. Wear clothes that are easy to open.",
        }
    ],
}
_KEY: Example = {"bill_no": "DJ26112300012", "line_no": "01"}
_REFUND: Example = {
    "refund_no": "FT26112300001",
    "request_no": "T06A4BRM2KD5X7P9Q",
    "receipt_no": "FS26112300007",
    "amount_fen": 6500,
    "lines": [_KEY],
    "refunded_at": "2026-11-23T11:20:03+08:00",
}
_STAY: Example = {
    "inpatient_no": "ZY26003081",
    "patient_id": "P0000006",
    "name": "李秀珍",
    "sex": "female",
    "birth_date": "1955-01-30",
    "department_name": "心血管内科",
    "department_name_en": "Cardiology",
    "ward": "心血管内科二病区",
    "ward_en": "Cardiology ward 2",
    "bed": "18 床",
    "campus_code": "C1",
    "admitted_on": "2026-11-18",
    "discharged_on": None,
    "state": "admitted",
    "deposit_open": True,
    "deposit_note": "",
    "deposit_note_en": "",
    "deposit_fen": 500000,
    "spent_fen": 421356,
    "balance_fen": 78644,
    "warning_fen": 100000,
    "as_of": "2026-11-23T10:00:00+08:00",
}
_DEPOSIT: Example = {
    "receipt_no": "YJ26112300003",
    "request_no": "D06A4BT1V9YH3C5E7",
    "inpatient_no": "ZY26003081",
    "order_no": "P06A4BT1V9YH3C5E7",
    "amount_fen": 100000,
    "entered_at": "2026-11-23T10:31:02+08:00",
}
_DEPOSIT_REFUND: Example = {
    "refund_no": "YT26112300001",
    "request_no": "E06A4BW7K2MN8P3R5",
    "receipt_no": "YJ26112300003",
    "amount_fen": 50000,
    "refunded_at": "2026-11-23T15:02:04+08:00",
}

OPERATION_EXAMPLES: dict[str, tuple[Example, Example]] = {
    "fees.unpaid": ({"patient_id": "P0000002"}, {"visits": [_VISIT], "as_of": "2026-11-23T10:02:00+08:00"}),
    "fees.detail": (
        {"visit_no": "MZ26112300004"},
        {"visit": _VISIT | {"bills": [_BILL | {"lines": [_LINE]}]}, "as_of": "2026-11-23T10:02:08+08:00"},
    ),
    "fees.confirm": (
        {
            "request_no": "C06A4BQK8ZV3W1N2M",
            "patient_id": "P0000002",
            "visit_no": "MZ26112300004",
            "order_no": "P06A4BQK8ZV3W1N2M",
            "lines": [_KEY | {"amount_fen": 6500}],
            "amount_fen": 6500,
            "payment": _PAYMENT,
            "insurance": None,
        },
        _RECEIPT,
    ),
    "fees.find": ({"confirm_request_no": "C06A4BQK8ZV3W1N2M"}, _RECEIPT),
    "fees.refundable": (
        {"receipt_no": "FS26112300007"},
        {
            "lines": [_KEY | {"amount_fen": 6500, "refundable": True, "reason": "", "reason_en": ""}],
            "as_of": "2026-11-23T11:20:00+08:00",
        },
    ),
    "fees.refund": (
        {
            "request_no": "T06A4BRM2KD5X7P9Q",
            "receipt_no": "FS26112300007",
            "lines": [_KEY],
            "amount_fen": 6500,
            "reason": "不想做了",
        },
        _REFUND,
    ),
    "fees.refund_find": ({"refund_request_no": "T06A4BRM2KD5X7P9Q"}, _REFUND),
    "inpatient.find": (
        {"inpatient_no": "ZY26003081", "name": "李秀珍"},
        {"stays": [_STAY | dict.fromkeys(("deposit_fen", "spent_fen", "balance_fen", "warning_fen"))]},
    ),
    "inpatient.deposit": (
        {
            "request_no": "D06A4BT1V9YH3C5E7",
            "inpatient_no": "ZY26003081",
            "payment": _PAYMENT | {"order_no": "P06A4BT1V9YH3C5E7", "amount_fen": 100000},
        },
        _DEPOSIT,
    ),
    "inpatient.deposit_find": ({"deposit_request_no": "D06A4BT1V9YH3C5E7"}, _DEPOSIT),
    "inpatient.deposit_refundable": (
        {"receipt_no": "YJ26112300003"},
        {
            "refundable_fen": 78644,
            "reason": "住院费用已用掉其余部分。",
            "reason_en": "The rest has been used for the stay. ",
            "as_of": "2026-11-23T15:02:00+08:00",
        },
    ),
    "inpatient.deposit_refund": (
        {
            "request_no": "E06A4BW7K2MN8P3R5",
            "receipt_no": "YJ26112300003",
            "amount_fen": 50000,
            "reason": "多交退回",
        },
        _DEPOSIT_REFUND,
    ),
    "inpatient.deposit_refund_find": ({"refund_request_no": "E06A4BW7K2MN8P3R5"}, _DEPOSIT_REFUND),
}
EVENT_EXAMPLES: dict[str, Example] = {"fees.changed": {"patient_id": "P0000002", "visit_no": "MZ26112300004"}}
