"""What whoever stands at a desk sees: masked names, what happened, and what to do."""

from jiuyi.domains.patients import service as patients
from jiuyi.domains.payments import rules, settings
from jiuyi.domains.payments.ports import Channels
from jiuyi.domains.payments.repository import desk
from jiuyi.domains.payments.service.orders import order as read_order
from jiuyi.domains.payments.types import (
    KIND_NAMES,
    REFUSAL_WORDS,
    SETTLED,
    STANDING_WORDS,
    Attempt,
    CodeKind,
    Collected,
    CollectedView,
    CollectionView,
    DeskDay,
    DeskWords,
    KindView,
    Order,
    OwedView,
    Refusal,
    Standing,
    Words,
    WordsView,
)
from jiuyi.domains.staff.types import AtDesk
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Absent, Tx
from jiuyi.kit.knobs import Knobs

_MOST_LINES = 50


def owed_view(order: Order) -> OwedView:
    """One order for the desk's list."""
    return OwedView(
        id=order.id,
        no=order.no,
        kind=order.kind,
        title=order.title_zh,
        title_en=order.title_en,
        total_fen=order.total_fen,
        insurance_fen=order.insurance_fen,
        own_fen=order.own_fen,
        state=order.shown,
        expires_at=order.expires_at,
    )


async def collection_view(tx: Tx, attempt: Attempt, *, language: str) -> CollectionView:
    """A collection as its desk reads it. Raises `Absent` for an attempt that no desk made."""
    taken = await desk.collection(tx, attempt.id)
    if taken is None:
        raise Absent(f"collection {attempt.id}")
    order = await read_order(tx, attempt.order_id)
    stands = rules.standing(attempt.state, attempt.verdict, has_token=attempt.token is not None)
    words, reason = words_of(stands, attempt.fault)
    payable = stands is Standing.TO_SCAN and not attempt.due
    return CollectionView(
        payment_id=attempt.id,
        order_id=order.id,
        order_no=order.no,
        kind=taken.kind,
        kind_name=spoken(KIND_NAMES[taken.kind], language),
        code=taken.code_masked,
        amount_fen=attempt.amount_fen,
        standing=stands,
        tone=words.tone,
        reason=reason.value if reason else None,
        title=spoken((words.zh, words.en), language),
        advice=spoken((words.do_zh, words.do_en), language),
        settled=stands in SETTLED,
        stopping=taken.stopping,
        seconds_left=await desk.seconds_left(tx, attempt.id) if stands not in SETTLED else 0,
        show=attempt.token if payable else None,
        transaction_id=attempt.transaction_id,
        begun_at=attempt.created_at,
        paid_at=attempt.paid_at,
    )


def words_of(stands: Standing, fault: str | None) -> tuple[Words, Refusal | None]:
    """The texts of a standing; a refusal has those of its reason."""
    if stands is Standing.REFUSED and fault in set(Refusal):
        reason = Refusal(fault)
        return REFUSAL_WORDS[reason], reason
    return STANDING_WORDS[stands], None


async def desk_day(tx: Tx, vault: Vault, at: AtDesk, *, language: str) -> DeskDay:
    """What this shift (or, where nobody stands, this machine in a day) has taken."""
    lines = await desk.lines(tx, at.device_id, at.shift_id, _MOST_LINES)
    names = await patients.masked_names(tx, vault, [line.patient_id for line in lines])
    sums = await desk.sums(tx, at.device_id, at.shift_id)
    return DeskDay(sums, [line_view(line, names.get(line.patient_id, ""), language) for line in lines])


def line_view(line: Collected, patient: str, language: str) -> CollectedView:
    """One line of a list; `patient` is a masked name."""
    stands = rules.standing(line.state, line.verdict, has_token=line.has_token)
    words, _ = words_of(stands, line.fault)
    return CollectedView(
        payment_id=line.payment_id,
        order_id=line.order_id,
        order_no=line.order_no,
        order_kind=line.order_kind,
        subject_id=line.subject_id,
        patient=patient,
        device=line.device_code,
        operator=line.operator,
        kind=line.kind,
        kind_name=spoken(KIND_NAMES[line.kind], language),
        amount_fen=line.amount_fen,
        standing=stands,
        tone=words.tone,
        title=spoken((words.zh, words.en), language),
        refund_fen=line.refund_fen,
        at=line.at,
    )


def desk_words(knobs: Knobs, channels: Channels, *, language: str) -> DeskWords:
    """The kinds this hospital takes with the rules that tell them apart, and every result with its texts."""
    taken = [rule for rule in knobs.get(settings.CODE_RULES) if channels.by_code(rule.kind) is not None]
    return DeskWords(
        kinds=[
            KindView(rule.kind, spoken(KIND_NAMES[rule.kind], language), rule.prefixes, rule.shortest, rule.longest)
            for rule in taken
        ],
        shows_code=channels.by_code(CodeKind.UNIONPAY_SHOWN) is not None,
        standings=[_words(stands.value, words, language) for stands, words in STANDING_WORDS.items()],
        refusals=[_words(reason.value, words, language) for reason, words in REFUSAL_WORDS.items()],
        wait_seconds=knobs.get(settings.CODE_WAIT_SECONDS),
        poll_seconds=knobs.get(settings.CODE_POLL_SECONDS),
    )


def _words(name: str, words: Words, language: str) -> WordsView:
    title, advice = spoken((words.zh, words.en), language), spoken((words.do_zh, words.do_en), language)
    return WordsView(name, words.tone, title, advice)


def spoken(pair: tuple[str, str], language: str) -> str:
    """The Chinese or the English of a pair."""
    return pair[1] if language == "en" else pair[0]
