"""The national centre's client: 6201, 6202, 6203, 6301, 6401 and the reader of 6302 (docs/contracts/insurance.md)."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from jiuyi.adapters.insurance import words
from jiuyi.adapters.insurance.envelope import Envelope, Untrusted
from jiuyi.domains.insurance.ports import CENTRE_NOTICE
from jiuyi.domains.insurance.types import (
    Announced,
    CentreNotice,
    Found,
    PayerState,
    PresettleAsk,
    ReverseState,
    SettlementKey,
    Split,
)
from jiuyi.kit.clock import Clock, local
from jiuyi.kit.ids import new_id, number_from
from jiuyi.kit.inbox import Notice
from jiuyi.kit.money import yuan
from jiuyi.kit.outcomes import Garbled, NotDone, Refused, Unanswered
from jiuyi.wire.envelopes import Acknowledgement, Inbound, Rejected
from jiuyi.wire.http import MOST_ANSWER, Caller

SYSTEM = "insurance"
PATHS: Mapping[str, str] = {
    "6201": "/org/local/api/hos/uldFeeInfo",
    "6202": "/org/local/api/hos/pay_order",
    "6203": "/org/local/api/hos/refund_Order",
    "6301": "/org/local/api/hos/query_order_info",
    "6401": "/org/local/api/hos/revoke_order",
    "getCheckFile": "/api/amp/hos/getCheckFile",
}
"""Where each transaction is; provinces differ, so a hospital may set others."""
SECONDS = 12.0
FILE_SECONDS = 60.0
MOST_FILE = 64 * 1024 * 1024
"""Of a sealed answer with a file in it: about 160,000 settlements."""
_OK, _SERVER_ERROR = 200, 500
_REVERSED = {"SUCC": ReverseState.DONE, "FAIL": ReverseState.FAILED, "EXP": ReverseState.UNSURE}

_FORGED = Acknowledgement(401, b'{"success":"false","message":"\xe5\xa4\xb1\xe8\xb4\xa5"}')
"""Unsigned: a signature costs milliseconds, and whoever forges notices would have us make one for each."""


class _Outer(msgspec.Struct):
    code: int | str
    message: str = ""
    msg: str = ""


class NationalCentre:
    """Satisfies `insurance.ports.Payer`. `org_code` is the hospital's national code."""

    name = "national_centre"
    with_channel = True

    def __init__(
        self, caller: Caller, clock: Clock, envelope: Envelope, *, org_code: str, paths: Mapping[str, str] | None = None
    ) -> None:
        self._caller = caller
        self._clock = clock
        self._envelope = envelope
        self._org_code = org_code
        self._paths = {**PATHS, **(paths or {})}

    async def announce(self, ask: PresettleAsk) -> Announced:
        """6201. The same `medOrgOrd` with the same content is the same order (UNCONFIRMED of every province)."""
        data = await self._call("6201", words.upload(ask, self._org_code))
        number, token = data.get("payOrdId"), data.get("payToken")
        if not isinstance(number, str) or not isinstance(token, str) or not number or not token:
            raise self._garbled("6201", "no order number")
        return Announced(number, token)

    async def presettle(self, ask: PresettleAsk, announced: Announced) -> Split:
        """6202: `orgBizSer` is new for each call, the order the same."""
        data = await self._call(
            "6202",
            {
                **words.consent(ask),
                "payOrdId": announced.centre_no,
                "payToken": announced.token,
                "orgCodg": self._org_code,
                "orgBizSer": number_from("S", new_id()),
                "chrgBchno": ask.no,
                "feeType": "01",
                "mdtrtId": ask.visit_id,
                "acctUsedFlag": "1" if ask.use_account else "0",
                "psnNo": ask.insured.psn_no,
                "insuplcAdmdvs": ask.insured.place,
            },
        )
        if data.get("payOrdId") != announced.centre_no:
            raise self._garbled("6202", "an answer about another order")
        try:
            return words.split(data)
        except words.NotUnderstood as error:
            raise self._garbled("6202", str(error)) from error

    async def settle(self, key: SettlementKey, ask: PresettleAsk) -> Found:
        """The channel settles; here it is only asked about."""
        del ask
        return await self.find(key)

    async def find(self, key: SettlementKey) -> Found:
        """6301. Before the centre gave its number there is nothing to ask about."""
        if not key.centre_no:
            return Found(key.no, PayerState.ABSENT)
        data = await self._call("6301", words.who(key, self._org_code))
        try:
            found = words.found(data, key.no)
        except words.NotUnderstood as error:
            raise self._garbled("6301", str(error)) from error
        if found.centre_no != key.centre_no:
            raise self._garbled("6301", "an answer about another order")
        return found

    async def withdraw(self, key: SettlementKey) -> None:
        """6401: only before payment; one that was withdrawn before is withdrawn."""
        if not key.centre_no:
            return
        data = await self._call("6401", words.who(key, self._org_code))
        if str(data.get("success", "true")).lower() != "true":
            raise Refused(self._caller.system, "6401", "not_withdrawn", str(data.get("message") or ""))

    async def reverse(self, key: SettlementKey, refund_no: str) -> ReverseState:
        """6203, `refdType` HI: the insurance's part as a whole. The own part goes back through its channel."""
        split = key.split
        amount = split.total_fen - split.own_fen
        data = await self._call(
            "6203",
            {
                "payOrdId": key.centre_no,
                "appRefdSn": refund_no,
                "appRefdTime": f"{local(self._clock.now()):%Y%m%d%H%M%S}",
                "totlRefdAmt": yuan(amount),
                "psnAcctRefdAmt": yuan(split.personal_account_fen),
                "fundRefdAmt": yuan(amount - split.personal_account_fen),
                "cashRefdAmt": yuan(0),
                "refdType": "HI",
            },
        )
        if data.get("appRefdSn") not in (None, refund_no):
            raise self._garbled("6203", "an answer about another refund")
        said = _REVERSED.get(str(data.get("refStatus")))
        if said is None:
            raise self._garbled("6203", "no status of the refund")
        return said

    async def check_file(self, ask: Mapping[str, str]) -> dict[str, Any]:
        """The file of one day: `fileContent` in Base64 with its digest and number of rows (UNCONFIRMED)."""
        return await self._call("getCheckFile", {"orgCodg": self._org_code, **ask}, large=True)

    # notices ---------------------------------------------------------------------------------------------------------

    async def read(self, inbound: Inbound) -> tuple[list[Notice], Acknowledgement]:
        """6302 at `/callbacks/insurance`. What it says is a hint: 6301 is asked. Raises `Rejected`."""
        if inbound.method != "POST":
            raise Rejected("not a POST", _FORGED)
        try:
            outer = msgspec.json.decode(inbound.body, type=dict[str, Any])
            data = self._envelope.open_fresh(outer, self._clock.now())
            notice = self._noticed(data, inbound.body)
        except (msgspec.MsgspecError, Untrusted) as error:
            raise Rejected(str(error), _FORGED) from error
        except words.NotUnderstood as error:
            raise Rejected(str(error), self._answer(taken=False)) from error
        return [notice], self._answer(taken=True)

    def _noticed(self, data: dict[str, Any], body: bytes) -> Notice:
        number, centre_no, state = data.get("medOrgOrd"), data.get("payOrdId"), data.get("ordStas")
        if data.get("orgCode", self._org_code) != self._org_code:
            raise Untrusted("another hospital's notice")
        if not number or not centre_no or state is None:
            raise words.NotUnderstood("a notice without its order or state")
        told = CentreNotice(no=str(number), centre_no=str(centre_no))
        # The platform numbers its orders, not its notices: the same state of the same order is the same notice.
        key = f"{centre_no}:{state}:{data.get('callType', '')}"
        return Notice(SYSTEM, key[:200], CENTRE_NOTICE, msgspec.to_builtins(told), body)

    def _answer(self, *, taken: bool) -> Acknowledgement:
        """The answer lies inside the sealed envelope (the plain form is UNCONFIRMED; both are understood there)."""
        said = {"success": "true" if taken else "false", "message": "成功" if taken else "失败"}
        return Acknowledgement(200 if taken else 401, self._envelope.seal(said, self._clock.now()))

    # transport -------------------------------------------------------------------------------------------------------

    async def _call(self, code: str, data: Mapping[str, Any], *, large: bool = False) -> dict[str, Any]:
        body = self._envelope.seal(data, self._clock.now())
        trace_id = new_id().hex
        answer = await self._caller.send(
            code,
            "POST",
            self._paths[code],
            headers={"content-type": "application/json; charset=utf-8"},
            body=body,
            trace_id=trace_id,
            timeout=FILE_SECONDS if large else SECONDS,
            most=MOST_FILE if large else MOST_ANSWER,
        )
        try:
            if large:  # a file takes long to decrypt and verify
                return await asyncio.to_thread(self._read, code, answer.status, answer.body)
            return self._read(code, answer.status, answer.body)
        except NotDone as error:
            self._caller.note_outcome(code, trace_id, error)
            raise

    def _read(self, code: str, status: int, body: bytes) -> dict[str, Any]:
        system = self._caller.system
        if status >= _SERVER_ERROR or not body:
            raise Unanswered(system, code, f"HTTP {status}")
        try:
            outer = msgspec.json.decode(body, type=dict[str, Any])
            head = msgspec.convert(outer, _Outer)
        except msgspec.MsgspecError as error:
            raise self._garbled(code, f"HTTP {status}: not the centre's JSON") from error
        number, said = str(head.code), head.message or head.msg
        if not outer.get("signData"):
            # The gateway itself answers without a signature: it decides nothing.
            raise Unanswered(system, code, f"unsigned {number}")
        try:
            data = self._envelope.open(outer)
        except Untrusted as error:
            raise self._garbled(code, str(error)) from error
        if number != "0":
            raise Refused(system, code, number, said)
        if status != _OK:
            raise self._garbled(code, f"HTTP {status} with code 0")
        return data

    def _garbled(self, operation: str, detail: str) -> Garbled:
        return Garbled(self._caller.system, operation, detail)
