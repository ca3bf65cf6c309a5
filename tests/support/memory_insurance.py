"""Insurances, the hospital's insurance desk and the channels' cashiers in memory: the same ports, faults on demand."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from jiuyi.domains.insurance.types import (
    Announced,
    Authorisation,
    AuthoriseAsk,
    Bill,
    Consent,
    ConsentKind,
    FeeLine,
    Found,
    Insured,
    Mix,
    MixAsk,
    MixRefund,
    MixState,
    PayerState,
    PresettleAsk,
    ReverseState,
    SettlementKey,
    Split,
    VisitKind,
)
from jiuyi.domains.payments.types import Order
from jiuyi.kit.outcomes import Refused, Unanswered, Unreachable
from tests.support.memory_channel import Killed, MemoryChannel

Fault = Literal["refused", "unreachable", "lost_before", "lost_after", "killed_before", "killed_after"]


class Faulty:
    """Faults by operation: each is used once."""

    def __init__(self, name: str) -> None:
        self.fault_name = name
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.calls: list[tuple[str, str]] = []

    def begin(self, operation: str, number: str) -> Fault | None:
        self.calls.append((operation, number))
        fault = self.faults[operation].pop(0) if self.faults[operation] else None
        if fault == "refused":
            raise Refused(self.fault_name, operation, "50190", "参保人当日不享受该医疗类别的待遇")
        if fault == "unreachable":
            raise Unreachable(self.fault_name, operation, "made up")
        if fault == "lost_before":
            raise Unanswered(self.fault_name, operation, "made up")
        if fault == "killed_before":
            raise Killed
        return fault

    def over(self, operation: str, fault: Fault | None) -> None:
        if fault == "lost_after":
            raise Unanswered(self.fault_name, operation, "made up")
        if fault == "killed_after":
            raise Killed


@dataclass
class Told:
    ask: PresettleAsk
    centre_no: str
    state: PayerState = PayerState.OPEN
    split: Split | None = None
    settle_no: str = ""


class MemoryPayer(Faulty):
    """An insurance that pays `pooled_percent` out of the pool and what the account has, and never forgets."""

    def __init__(self, name: str = "national_centre", *, with_channel: bool = True) -> None:
        super().__init__(name)
        self.name = name
        self.with_channel = with_channel
        self.pooled_percent = 60
        self.account_fen = 200
        self.orders: dict[str, Told] = {}
        self.reversals: dict[str, ReverseState] = {}
        self.says_next: list[ReverseState] = []
        self.made = 0

    async def announce(self, ask: PresettleAsk) -> Announced:
        fault = self.begin("announce", ask.no)
        known = self.orders.get(ask.no)
        if known is not None and known.state is PayerState.CANCELLED:
            known = None
        if known is None:
            self.made += 1
            known = self.orders[ask.no] = Told(ask, f"ORD{self.made:06d}{ask.no}")
        elif known.ask != ask:
            raise Refused(self.name, "announce", "50102", "medOrgOrd 已上传且内容不同")
        self.over("announce", fault)
        return Announced(known.centre_no, f"token-{known.centre_no}")

    async def presettle(self, ask: PresettleAsk, announced: Announced) -> Split:
        fault = self.begin("presettle", ask.no)
        told = self.orders[ask.no]
        if told.state is not PayerState.OPEN or announced.centre_no != told.centre_no:
            raise Refused(self.name, "presettle", "50203", "订单状态不能下单")
        total = ask.bill.total_fen
        pooled = total * self.pooled_percent // 100
        account = min(self.account_fen, total - pooled) if ask.use_account else 0
        told.split = Split(total, pooled, account, total - pooled - account)
        self.over("presettle", fault)
        return told.split

    async def settle(self, key: SettlementKey, ask: PresettleAsk) -> Found:
        assert ask.no == key.no
        fault = self.begin("settle", key.no)
        if not self.with_channel:
            self.confirm(key.no)
        self.over("settle", fault)
        return self._found(key.no)

    async def find(self, key: SettlementKey) -> Found:
        fault = self.begin("find", key.no)
        self.over("find", fault)
        return self._found(key.no)

    async def withdraw(self, key: SettlementKey) -> None:
        fault = self.begin("withdraw", key.no)
        told = self.orders.get(key.no)
        if told is not None:
            if told.state not in {PayerState.OPEN, PayerState.CANCELLED, PayerState.FAILED}:
                raise Refused(self.name, "withdraw", "50301", f"订单状态 {told.state} 不能撤销")
            told.state = PayerState.CANCELLED if told.state is PayerState.OPEN else told.state
        self.over("withdraw", fault)

    async def reverse(self, key: SettlementKey, refund_no: str) -> ReverseState:
        fault = self.begin("reverse", refund_no)
        told = self.orders[key.no]
        if told.state not in {PayerState.SETTLED, PayerState.RETURNED}:
            raise Refused(self.name, "reverse", "50404", "订单状态不能退费")
        said = self.says_next.pop(0) if self.says_next else ReverseState.DONE
        if said is ReverseState.DONE:
            told.state = PayerState.RETURNED
        self.reversals[refund_no] = said
        self.over("reverse", fault)
        return said

    def confirm(self, no: str, state: PayerState = PayerState.SETTLED) -> bool:
        """The patient confirms, and the insurance ends in `state`."""
        told = self.orders.get(no)
        if told is None or told.split is None or told.state is not PayerState.OPEN:
            return False
        told.state = state
        told.settle_no = f"HI{no}" if state is PayerState.SETTLED else ""
        return True

    def _found(self, no: str) -> Found:
        told = self.orders.get(no)
        if told is None:
            return Found(no, PayerState.ABSENT)
        settled = told.state in {PayerState.SETTLED, PayerState.RETURNED}
        return Found(no, told.state, told.centre_no, told.settle_no, "", told.split if settled else None)

    def owes_fen(self) -> int:
        """What it has settled and not taken back."""
        splits = [one.split for one in self.orders.values() if one.state is PayerState.SETTLED and one.split]
        return sum(one.total_fen - one.own_fen for one in splits)


class MemoryPeople(Faulty):
    """Who is insured, by the hospital's patient number."""

    def __init__(self) -> None:
        super().__init__("his")
        self.insured: dict[str, Insured] = {}
        self.visits: dict[str, str] = {}

    async def identify(self, his_patient_id: str, consent: Consent) -> Insured:
        assert consent.token or consent.document_number
        self.begin("identify", his_patient_id)
        found = self.insured.get(his_patient_id)
        if found is None:
            raise Refused("his", "identify", "not_insured", "没有查到参保信息")
        return found

    async def open_visit(
        self, his_patient_id: str, insured: Insured, bill: Bill, med_type: str, consent: Consent
    ) -> str:
        assert consent.token or consent.document_number
        assert insured.psn_no
        fault = self.begin("open_visit", his_patient_id)
        self.visits.setdefault(bill.visit_no, f"M{len(self.visits):08d}-{med_type}")
        self.over("open_visit", fault)
        return self.visits[bill.visit_no]


class MemoryBills:
    """Bills of one line each; `kind` and `disease` may be set."""

    def __init__(self) -> None:
        self.kind = VisitKind.OUTPATIENT
        self.disease: str | None = None
        self.extra_fen = 0

    async def bill(self, order: Order) -> Bill:
        first = order.total_fen // 3
        lines = [
            FeeLine("1", "A1", "血脂六项", "002503", "04", "1", "5.00", first),
            FeeLine(
                "2",
                "A2",
                "瑞舒伐他汀钙片",
                "X002",
                "09",
                "1",
                "10.00",
                order.total_fen - first + self.extra_fen,
                "B",
                "0.1",
            ),
        ]
        return Bill(
            f"V{order.no}",
            self.kind,
            datetime(2026, 11, 23, 1, 0, tzinfo=UTC),
            "A03",
            "心血管内科",
            "D440",
            "林志远",
            lines,
            disease_code=self.disease,
        )


@dataclass
class Mixed:
    ask: MixAsk
    mix_no: str
    state: MixState = MixState.WAITING


@dataclass
class MemoryCashier(Faulty):
    """A channel where insurance and patient pay together. `channel` takes the own part, `payer` settles the rest."""

    channel: MemoryChannel
    payer: MemoryPayer
    own_method: str = "wechat_jsapi"
    document_number: str | None = None
    mixes: dict[str, Mixed] = field(default_factory=dict)
    told: list[MixRefund] = field(default_factory=list)
    codes: int = 0

    def __post_init__(self) -> None:
        Faulty.__init__(self, "cashier")

    async def authorise(self, ask: AuthoriseAsk) -> Authorisation:
        self.begin("authorise", ask.no)
        return Authorisation(url=f"https://card.example/oauth/code?back={ask.return_url}")

    async def exchange(self, ask: AuthoriseAsk, code: str) -> Consent:
        fault = self.begin("exchange", ask.no)
        if code != "code":
            raise Refused("cashier", "exchange", "invalid_code", "授权已失效，请重新授权")
        self.codes += 1
        self.over("exchange", fault)
        return Consent(
            ConsentKind.PAY_AUTH, f"AUTH{self.codes}", document_number=self.document_number or ask.document_number
        )

    async def open(self, ask: MixAsk) -> Mix:
        fault = self.begin("open", ask.out_trade_no)
        mixed = self.mixes.setdefault(ask.out_trade_no, Mixed(ask, f"MIX{len(self.mixes):06d}"))
        self.over("open", fault)
        return Mix(ask.out_trade_no, mixed.state, mixed.mix_no)

    def invoke(self, mix_no: str, own: Mapping[str, str] | None) -> dict[str, str]:
        return {"mixTradeNo": mix_no, **(own or {})}

    async def find(self, out_trade_no: str) -> Mix:
        fault = self.begin("find", out_trade_no)
        self.over("find", fault)
        mixed = self.mixes.get(out_trade_no)
        return Mix(out_trade_no, MixState.ABSENT) if mixed is None else Mix(out_trade_no, mixed.state, mixed.mix_no)

    async def end(self, out_trade_no: str) -> None:
        fault = self.begin("end", out_trade_no)
        self.over("end", fault)

    async def tell_refunded(self, told: MixRefund) -> None:
        fault = self.begin("tell_refunded", told.mix_no)
        if told.out_refund_no not in {one.out_refund_no for one in self.told}:
            self.told.append(told)
        self.over("tell_refunded", fault)

    def person_confirms(
        self, insurance: PayerState = PayerState.SETTLED, *, own: bool = True, mix: MixState | None = None
    ) -> None:
        """The patient confirms in the cashier: the insurance ends as given, and the own part is paid or not."""
        mixed = list(self.mixes.values())[-1]
        assert self.payer.confirm(mixed.ask.no, insurance)
        if mixed.ask.own_token is not None and own:
            assert self.channel.person_pays(mixed.ask.out_trade_no)
        good = insurance is PayerState.SETTLED and (own or mixed.ask.own_token is None)
        mixed.state = mix or (MixState.PAID if good else MixState.FAILED)
