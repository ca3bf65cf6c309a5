import pytest

from jiuyi.domains.payments.types import AttemptState, OrderState, Shown
from tests.domains.payments.desk import Desk

pytestmark = pytest.mark.feature("F02", "I06")


async def test_pay_notice_paid(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    view = await desk.pay(lin, order)
    assert view.state is AttemptState.PREPARED
    assert view.invoke is not None
    assert view.invoke["package"].startswith("prepay_id=")
    attempt = await desk.attempt(view.payment_id)
    assert attempt.out_trade_no == f"{order.no}01"
    desk.channel.person_pays(attempt.out_trade_no)
    await desk.deliver(times=2)
    paid = await desk.read(order)
    assert (paid.state, paid.shown, paid.paid_fen) == (OrderState.PAID, Shown.PAID, 1500)
    assert desk.events() == ["order_paid"]
    assert await desk.ledger() == {"channel:wechat": 1500, "hospital:income": -1500, "patient:order": 0}
