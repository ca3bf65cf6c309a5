"""Who is insured, visits, and settlements of insurances that the HIS settles itself (contracts/his.md §2.9)."""

from datetime import datetime
from typing import Any, TypeVar

import msgspec

from jiuyi.domains.insurance.types import (
    Announced,
    Bill,
    Consent,
    ConsentKind,
    Entitlement,
    Found,
    Insured,
    PayerState,
    PresettleAsk,
    ReverseState,
    SettlementKey,
    Split,
)
from jiuyi.kit.clock import local
from jiuyi.kit.outcomes import Garbled, Refused
from jiuyi.wire.hospital import Door

SECONDS = 6.0
_T = TypeVar("_T", bound=msgspec.Struct)
_NORMAL = "normal"
_CARDS = frozenset({ConsentKind.ID_CARD, ConsentKind.SOCIAL_CARD})


class _Scheme(msgspec.Struct):
    insutype: str
    psn_type: str
    state: str
    insured_place: str
    account_fen: int


class _Entitlement(msgspec.Struct):
    kind: str
    disease_code: str
    disease_name: str


class _Person(msgspec.Struct):
    psn_no: str
    name: str
    document_number: str
    schemes: list[_Scheme]
    entitlements: list[_Entitlement] = []


class _Identified(msgspec.Struct):
    person: _Person


class _Visit(msgspec.Struct):
    mdtrt_id: str


class _Settlement(msgspec.Struct):
    request_no: str
    settlement_no: str
    state: str
    split: Split
    settled_at: datetime
    reversed_at: datetime | None = None


class HisInsuredPeople:
    """`insurance.ports.InsuredPeople` over the hospital's door."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def identify(self, his_patient_id: str, consent: Consent) -> Insured:
        """By the consent's token, or by the card that was read; the first scheme in force counts.

        Raises `Refused` for paused and unknown people.
        """
        del his_patient_id  # the consent says who it is; whose bill it is is compared by the document
        asked: dict[str, Any] = {"token": consent.token}
        if consent.kind in _CARDS:
            asked = {
                "document_type": consent.document_type,
                "document_number": consent.document_number,
                "name": consent.name,
            }
        data = await self._door.call("insurance.identify", asked, timeout=SECONDS)
        person = _read("insurance.identify", data, _Identified).person
        scheme = next((one for one in person.schemes if one.state == _NORMAL), None)
        if scheme is None:
            raise Refused("his", "insurance.identify", "insurance_paused", "参保人已暂停参保，不能享受医保待遇")
        return Insured(
            psn_no=person.psn_no,
            name=person.name,
            document_number=person.document_number,
            scheme=scheme.insutype,
            place=scheme.insured_place,
            person_kind=scheme.psn_type,
            account_fen=scheme.account_fen,
            entitlements=[Entitlement(one.kind, one.disease_code, one.disease_name) for one in person.entitlements],
        )

    async def open_visit(
        self, his_patient_id: str, insured: Insured, bill: Bill, med_type: str, consent: Consent
    ) -> str:
        """The visit's number at the insurer; the same visit, person and kind again is the same number."""
        request = {
            "request_no": f"V{bill.visit_no}{med_type}"[:64],
            "patient_id": his_patient_id,
            "psn_no": insured.psn_no,
            "insutype": insured.scheme,
            "med_type": med_type,
            "disease_code": bill.disease_code,
            "certificate": consent.kind.value if consent.kind in _CARDS else "e_voucher",
            "visit_no": bill.visit_no,
            "department_code": bill.department_code,
            "doctor_code": bill.doctor_code or None,
            "began_at": local(bill.begun_at).isoformat(timespec="seconds"),
        }
        data = await self._door.call("insurance.visit", request, timeout=SECONDS)
        return _read("insurance.visit", data, _Visit).mdtrt_id


class HisSettlements:
    """`insurance.ports.Payer` for what the HIS settles: out-of-province, and every class that is set to it."""

    name = "his"
    with_channel = False

    def __init__(self, door: Door) -> None:
        self._door = door

    async def announce(self, ask: PresettleAsk) -> Announced:
        """The HIS needs no announcement: our number is its number."""
        return Announced(ask.no, "")

    async def presettle(self, ask: PresettleAsk, announced: Announced) -> Split:
        """2206."""
        del announced
        data = await self._door.call("settlements.presettle", _asked(ask), timeout=SECONDS)
        return _read("settlements.presettle", data, Split)

    async def settle(self, key: SettlementKey, ask: PresettleAsk) -> Found:
        """2207, with the split that the patient agreed to."""
        request = {**_asked(ask), "request_no": key.no, "split": msgspec.structs.asdict(key.split)}
        data = await self._door.call("settlements.settle", request, timeout=SECONDS)
        return _found(key, _read("settlements.settle", data, _Settlement))

    async def find(self, key: SettlementKey) -> Found:
        """What became of it; a number that never arrived is open, or absent."""
        try:
            data = await self._door.call("settlements.find", {"settlement_request_no": key.no}, timeout=SECONDS)
        except Refused as error:
            if error.code == "settlement_not_found":
                return Found(key.no, PayerState.ABSENT)
            raise
        return _found(key, _read("settlements.find", data, _Settlement))

    async def withdraw(self, key: SettlementKey) -> None:
        """Nothing was told that could be withdrawn; one that was settled is not withdrawn but reversed."""
        found = await self.find(key)
        if found.state is PayerState.SETTLED:
            raise Refused("his", "withdraw", "settled", "已结算，不能撤销")

    async def reverse(self, key: SettlementKey, refund_no: str) -> ReverseState:
        """2208: always the whole."""
        request = {"request_no": refund_no, "settlement_request_no": key.no, "reason": "退费"}
        data = await self._door.call("settlements.reverse", request, timeout=SECONDS)
        said = _read("settlements.reverse", data, _Settlement)
        return ReverseState.DONE if said.state == "reversed" else ReverseState.UNSURE


def _asked(ask: PresettleAsk) -> dict[str, Any]:
    return {
        "mdtrt_id": ask.visit_id,
        "psn_no": ask.insured.psn_no,
        "order_no": ask.no,
        "use_account": ask.use_account,
        "lines": [
            {
                "line_no": line.no,
                "code": line.code,
                "name": line.name,
                "med_list_code": line.med_list_code,
                "quantity": line.quantity,
                "price": line.price,
                "amount_fen": line.amount_fen,
            }
            for line in ask.bill.lines
        ],
    }


def _found(key: SettlementKey, said: _Settlement) -> Found:
    if said.request_no != key.no:
        raise Garbled("his", "settlements", "an answer about another settlement")
    state = PayerState.RETURNED if said.state == "reversed" else PayerState.SETTLED
    return Found(key.no, state, key.no, said.settlement_no, "", said.split, said.settled_at)


def _read(operation: str, data: dict[str, Any], kind: type[_T]) -> _T:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise Garbled("his", operation, str(error)) from error
