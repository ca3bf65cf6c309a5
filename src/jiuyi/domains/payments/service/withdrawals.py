"""What became of things that were taken back, for patients and for desks."""

from jiuyi.domains.payments.rules import shown_withdrawal
from jiuyi.domains.payments.service.orders import order as read_order
from jiuyi.domains.payments.service.refunds import refund as read_refund
from jiuyi.domains.payments.types import WITHDRAWAL_WORDS, Withdrawal, WithdrawnView
from jiuyi.kit.db import Tx


async def withdrawn_view(tx: Tx, row: Withdrawal, *, language: str) -> WithdrawnView:
    """One of them, in words for whoever stands at a desk."""
    order = await read_order(tx, row.order_id)
    money = await read_refund(tx, row.money_id) if row.money_id else None
    shown = shown_withdrawal(row.state, money.state if money else None)
    words, english = WITHDRAWAL_WORDS[shown], language == "en"
    return WithdrawnView(
        id=row.id,
        no=row.no,
        order_no=order.no,
        amount_fen=row.amount_fen,
        left_fen=order.left_fen,
        state=shown,
        tone=words.tone,
        title=words.en if english else words.zh,
        advice=words.do_en if english else words.do_zh,
        settled=shown != "asking",
    )
