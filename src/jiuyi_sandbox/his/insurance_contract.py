"""Medical insurance in the contract (§2.9): who is insured, the registered visit, settling at the desk."""

from __future__ import annotations

from jiuyi_sandbox.his.charge_contract import DECIMAL
from jiuyi_sandbox.his.operation import Operation
from jiuyi_sandbox.his.shapes import (
    BOOL,
    CODE,
    DATE,
    DOCUMENT,
    FEN,
    MOMENT,
    REQUEST_NO,
    SEX,
    Schema,
    many,
    maybe,
    one_of,
    record,
    ref,
    text,
)

PLACE: Schema = {"type": "string", "pattern": "^[0-9]{6}$"}

COMPONENTS: dict[str, Schema] = {
    "InsuranceScheme": record(
        insutype=text(3, 3),
        psn_type=text(1, 10),
        state=one_of("normal", "paused", "ended"),
        paused_on=maybe(DATE),
        insured_place=PLACE,
        place_name=text(),
        place_name_en=text(),
        account_fen=FEN,
        employer=text(0, 120),
    ),
    "InsuranceEntitlement": record(
        kind=one_of("chronic", "special"),
        disease_code=CODE,
        disease_name=text(1, 80),
        disease_name_en=text(0, 80),
    ),
    "InsuredPerson": record(
        psn_no=CODE,
        name=text(1, 80),
        document_type=DOCUMENT,
        document_number=text(1, 40),
        certificate_type=text(2, 2),
        sex=SEX,
        birth_date=DATE,
        ec_token=maybe(text(1, 64)),
        schemes=many(ref("InsuranceScheme"), 10),
        entitlements=many(ref("InsuranceEntitlement"), 20),
    ),
    "InsuranceVisit": record(
        mdtrt_id=CODE,
        psn_no=CODE,
        insutype=text(3, 3),
        med_type=text(2, 6),
        disease_code=maybe(CODE),
        visit_no=CODE,
        registered_at=MOMENT,
    ),
    "InsuranceSplit": record(total_fen=FEN, pooled_fen=FEN, personal_account_fen=FEN, own_fen=FEN, other_fen=FEN),
    "InsuranceLine": record(
        line_no=text(1, 40),
        code=CODE,
        name=text(1, 120),
        med_list_code=text(0, 50),
        quantity=DECIMAL,
        price=DECIMAL,
        amount_fen=FEN,
    ),
    "InsuranceSettlement": record(
        request_no=REQUEST_NO,
        settlement_no=CODE,
        state=one_of("settled", "reversed"),
        mdtrt_id=CODE,
        psn_no=CODE,
        order_no=text(1, 64),
        split=ref("InsuranceSplit"),
        settled_at=MOMENT,
        reversal_no=maybe(CODE),
        reversed_at=maybe(MOMENT),
    ),
}

_LINES = many(ref("InsuranceLine"), 500)

OPERATIONS: dict[str, Operation] = {
    "insurance.identify": Operation(
        "Who is insured, where, and entitled to what",
        record(
            ("document_type", "document_number", "name", "token"),
            document_type=DOCUMENT,
            document_number=text(1, 40),
            name=text(1, 80),
            token=text(1, 64),
        ),
        record(person=ref("InsuredPerson"), as_of=MOMENT),
        "person_not_insured",
        "voucher_invalid",
    ),
    "insurance.visit": Operation(
        "Register a visit with the insurer",
        record(
            request_no=REQUEST_NO,
            patient_id=CODE,
            psn_no=CODE,
            insutype=text(3, 3),
            med_type=text(2, 6),
            disease_code=maybe(CODE),
            certificate=one_of("e_voucher", "id_card", "social_card"),
            visit_no=CODE,
            department_code=CODE,
            doctor_code=maybe(CODE),
            began_at=MOMENT,
        ),
        ref("InsuranceVisit"),
        "person_not_insured",
        "insurance_paused",
        "no_entitlement",
    ),
    "settlements.presettle": Operation(
        "What an insurance that the HIS settles would pay; changes nothing",
        record(mdtrt_id=CODE, psn_no=CODE, order_no=text(1, 64), use_account=BOOL, lines=_LINES),
        ref("InsuranceSplit"),
        "insurance_visit_unknown",
        "insurance_paused",
        "insurance_refused",
    ),
    "settlements.settle": Operation(
        "Settle with the insurance, if the split is still the one that was shown",
        record(
            request_no=REQUEST_NO,
            mdtrt_id=CODE,
            psn_no=CODE,
            order_no=text(1, 64),
            use_account=BOOL,
            lines=_LINES,
            split=ref("InsuranceSplit"),
        ),
        ref("InsuranceSettlement"),
        "insurance_visit_unknown",
        "insurance_paused",
        "insurance_refused",
        "split_changed",
    ),
    "settlements.reverse": Operation(
        "Take a settlement back, whole",
        record(request_no=REQUEST_NO, settlement_request_no=REQUEST_NO, reason=text(0, 200)),
        ref("InsuranceSettlement"),
        "settlement_not_found",
        "insurance_refused",
    ),
    "settlements.find": Operation(
        "What became of a settlement",
        record(settlement_request_no=REQUEST_NO),
        ref("InsuranceSettlement"),
        "settlement_not_found",
    ),
}
