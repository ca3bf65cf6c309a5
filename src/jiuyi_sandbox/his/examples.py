"""One worked example for each operation and event, used by the OpenAPI page. A test checks that they fit the shapes."""

from __future__ import annotations

from typing import Any

from jiuyi_sandbox.his import charge_examples, insurance_examples

Example = dict[str, Any]

_CONSULTATION: Example = {"code": "F01", "name": "诊查费", "name_en": "Consultation fee", "fen": 3000}
_PLACE: Example = {"place": "门诊楼 3 楼 A 区", "place_en": "Outpatient Building, 3/F, Area A", "room": "12 诊室"}
_PATIENT: Example = {
    "patient_id": "P0000002",
    "card_no": "4400012348067",
    "name": "陈志华",
    "sex": "male",
    "birth_date": "1959-05-15",
    "document_type": "mainland_id",
    "document_number": "440100195905151234",
    "phone": "13800002046",
    "guardian": None,
    "created_at": "2024-03-08T09:20:00+08:00",
    "deceased": False,
}
_LOCKED: Example = {
    "lock_request_no": "JY20261124L00000042",
    "state": "locked",
    "registration_no": None,
    "slot_code": "S20261125T00123A03",
    "schedule_code": "S20261125T00123A",
    "patient_id": "P0000002",
    "sequence_no": 37,
    "fee_fen": 3000,
    "fee_items": [_CONSULTATION],
    **_PLACE,
    "lock_expires_at": "2026-11-24T10:18:00+08:00",
    "confirmed_at": None,
    "cancelled_at": None,
}
_CONFIRMED = _LOCKED | {
    "state": "confirmed",
    "registration_no": "R26112500037",
    "confirmed_at": "2026-11-24T10:02:31+08:00",
}
_DOCUMENT: Example = {
    "id": "D1",
    "title": "病情摘要",
    "content_type": "application/pdf",
    "size": 12,
    "sha256": "7509e5bda0c762d2bac7f90d758b5b2263fa01ccbc542ab5e3df163be08e6ca9",
}
_CATALOG: Example = {
    "version": "2026-11-22T18:00:00+08:00",
    "campuses": [
        {
            "code": "C1",
            "name": "本部",
            "name_en": "Main Campus",
            "address": "广州市越秀区岭大路 100 号",
            "address_en": "100 Lingda Road, Yuexiu District, Guangzhou",
            "phone": "020-8888 0000",
            "latitude": 23.1291,
            "longitude": 113.2644,
        }
    ],
    "departments": [
        {
            "code": "D0301",
            "parent_code": "D03",
            "name": "心血管内科",
            "name_en": "Cardiology",
            "pinyin": "xinxueguanneike",
            "initials": "xxgnk",
            "campus_codes": ["C1", "C2"],
            "state": "open",
            "state_reason": "",
            "state_reason_en": "",
            "place": _PLACE["place"],
            "place_en": _PLACE["place_en"],
            "intro": "胸痛中心 24 小时开放。",
            "intro_en": "The chest pain centre is open day and night.",
            "hint": "胸闷、心慌、高血压",
            "hint_en": "chest tightness, palpitations, high blood pressure",
            "sex": "any",
            "age_min_years": None,
            "age_max_years": None,
            "sort": 301,
        }
    ],
    "doctors": [
        {
            "code": "T00123",
            "name": "林志远",
            "name_en": "Lin Zhiyuan",
            "pinyin": "linzhiyuan",
            "initials": "lzy",
            "title": "chief",
            "academic_title": "professor",
            "sex": "male",
            "department_code": "D0301",
            "campus_codes": ["C1", "C2"],
            "speciality": "冠心病、心律失常的诊断与介入治疗。",
            "speciality_en": "Diagnosis and catheter treatment of coronary disease and arrhythmia.",
            "intro": "",
            "intro_en": "",
            "portrait": "m1",
            "active": True,
        }
    ],
    "mdt_teams": [
        {
            "code": "M01",
            "name": "肺结节多学科团队",
            "name_en": "Pulmonary Nodule MDT",
            "disease": "肺结节",
            "disease_en": "pulmonary nodules",
            "intro": "",
            "intro_en": "",
            "campus_code": "C1",
            "department_codes": ["D0303", "D0402", "D1101"],
            "doctor_codes": ["T00311"],
            "fee_fen": 60000,
            "documents": [{"code": "summary", "title": "病情摘要", "title_en": "Case summary", "required": True}],
        }
    ],
}
_SCHEDULE: Example = {
    "code": "S20261125T00123A",
    "date": "2026-11-25",
    "session": "morning",
    "clinic_kind": "expert",
    "department_code": "D0301",
    "doctor_code": "T00123",
    "mdt_team_code": None,
    "campus_code": "C1",
    **_PLACE,
    "fee_fen": 3000,
    "fee_items": [_CONSULTATION],
    "state": "open",
    "stop_reason": "",
    "releases_at": "2026-11-18T19:00:00+08:00",
    "note": "",
    "note_en": "",
    "updated_at": "2026-11-22T18:00:00+08:00",
    "slots": [
        {
            "code": "S20261125T00123A03",
            "start": "09:00",
            "end": "09:30",
            "online_quota": 3,
            "reserved": 0,
            "reserved_until": None,
        }
    ],
}
_ROW: Example = {
    "registration_no": "R26112500037",
    "date": "2026-11-25",
    "start": "09:00",
    "department_code": "D0301",
    "department_name": "心血管内科",
    "department_name_en": "Cardiology",
    "doctor_name": "林志远",
    "doctor_name_en": "Lin Zhiyuan",
    "campus_code": "C1",
    "source": "online",
    "channel": "wechat_oa",
    "lock_request_no": "JY20261124L00000042",
    "state": "booked",
    "fee_fen": 3000,
}
_PAYMENT: Example = {
    "order_no": "P20261124000000042",
    "channel": "wechat",
    "transaction_id": "4200002646202611241234567890",
    "amount_fen": 3000,
    "paid_at": "2026-11-24T10:02:29+08:00",
}

OPERATION_EXAMPLES: dict[str, tuple[Example, Example]] = {
    "catalog.list": ({}, _CATALOG),
    "schedules.list": (
        {"from": "2026-11-23", "to": "2026-12-06", "changed_since": None, "cursor": None, "limit": 500},
        {"items": [_SCHEDULE], "next_cursor": None, "as_of": "2026-11-23T09:30:00+08:00"},
    ),
    "patients.find": (
        {"document_type": "mainland_id", "document_number": "440100195905151234", "name": "陈志华"},
        {"patient": _PATIENT},
    ),
    "patients.get": ({"patient_id": "P0000002"}, {"patient": _PATIENT}),
    "patients.create": (
        {
            "request_no": "JY20261124C00000007",
            "document_type": "none_child",
            "document_number": None,
            "name": "林子谦",
            "sex": "male",
            "birth_date": "2026-03-02",
            "phone": "13800002046",
            "guardian": {
                "name": "陈美华",
                "document_type": "mainland_id",
                "document_number": "440100198803120422",
                "phone": "13800002046",
                "relation": "母亲",
            },
        },
        {
            "patient": _PATIENT
            | {
                "patient_id": "P0006001",
                "card_no": "4400910042007",
                "name": "林子谦",
                "birth_date": "2026-03-02",
                "document_type": "none_child",
                "document_number": None,
                "guardian": {
                    "name": "陈美华",
                    "document_type": "mainland_id",
                    "document_number": "440100198803120422",
                    "phone": "13800002046",
                    "relation": "母亲",
                },
            }
        },
    ),
    "patients.bind_card": (
        {"request_no": "JY20261124B00000003", "patient_id": "P0000002", "card_no": "4400012348067"},
        {"patient": _PATIENT},
    ),
    "patients.check_counter_code": (
        {"request_no": "JY20261124K00000005", "patient_id": "P0000002", "code": "402917"},
        {"valid": True},
    ),
    "patients.update_phone": (
        {"request_no": "JY20261124U00000002", "patient_id": "P0000002", "phone": "13800002047"},
        {"patient": _PATIENT | {"phone": "13800002047"}},
    ),
    "registrations.lock": (
        {
            "request_no": "JY20261124L00000042",
            "slot_code": "S20261125T00123A03",
            "patient_id": "P0000002",
            "channel": "wechat_oa",
            "hold_seconds": 900,
            "mdt_application_no": None,
        },
        _LOCKED,
    ),
    "registrations.confirm": (
        {"request_no": "JY20261124F00000042", "lock_request_no": "JY20261124L00000042", "payment": _PAYMENT},
        _CONFIRMED,
    ),
    "registrations.cancel": (
        {
            "request_no": "JY20261124X00000042",
            "lock_request_no": "JY20261124L00000042",
            "reason": "patient",
            "note": "",
        },
        _CONFIRMED | {"state": "cancelled", "cancelled_at": "2026-11-24T16:20:00+08:00"},
    ),
    "registrations.find": ({"lock_request_no": "JY20261124L00000042"}, _CONFIRMED),
    "registrations.list": (
        {"patient_id": "P0000002", "from": "2026-05-01", "to": "2026-12-31", "cursor": None, "limit": 100},
        {"items": [_ROW], "next_cursor": None},
    ),
    "mdt.submit": (
        {
            "request_no": "JY20261124M00000001",
            "application_no": "MA20261124000001",
            "team_code": "M01",
            "patient_id": "P0000002",
            "summary": "体检发现右肺上叶磨玻璃结节 8 mm，无症状。",
            "documents": [_DOCUMENT],
        },
        {"application_no": "MA20261124000001", "state": "submitted"},
    ),
    "mdt.document": (
        {"application_no": "MA20261124000001", "id": "D1", "content_base64": "aGVsbG8gd29ybGQh"},
        {"id": "D1"},
    ),
    "mdt.withdraw": (
        {"request_no": "JY20261124W00000001", "application_no": "MA20261124000001"},
        {"application_no": "MA20261124000001", "state": "withdrawn"},
    ),
    "statements.daily": (
        {"date": "2026-11-24", "cursor": None, "limit": 1000},
        {
            "items": [
                {
                    "entry_no": "L0000000001",
                    "kind": "payment",
                    "subject": "registration",
                    "order_no": "P20261124000000042",
                    "registration_no": "R26112500037",
                    "receipt_no": None,
                    "channel": "wechat",
                    "transaction_id": "4200002646202611241234567890",
                    "amount_fen": 3000,
                    "insurance_fen": 0,
                    "settlement_no": None,
                    "at": "2026-11-24T10:02:31+08:00",
                }
            ],
            "next_cursor": None,
            "totals": {"payment_fen": 3000, "refund_fen": 0, "count": 1},
        },
    ),
    **charge_examples.OPERATION_EXAMPLES,
    **insurance_examples.OPERATION_EXAMPLES,
}

EVENT_EXAMPLES: dict[str, Example] = {
    "clinic.stopped": {
        "schedule_code": "S20261125T00123A",
        "slot_codes": [],
        "reason": "医生临时参加急诊手术，本场停诊",
        "reason_en": "The doctor was called to an emergency operation; this clinic is stopped",
    },
    "schedule.changed": {"schedule_codes": ["S20261125T00123A"]},
    "catalog.changed": {},
    "registration.changed": {"lock_request_no": "JY20261124L00000042", "state": "done"},
    "mdt.reviewed": {
        "application_no": "MA20261124000001",
        "decision": "accepted",
        "note": "资料齐全，同意会诊，请选择会诊时间。",
        "clinics_until": "2026-12-20",
    },
    **charge_examples.EVENT_EXAMPLES,
}
