"""The Life Account's menu: what it says, and publishing it."""

import asyncio
from collections.abc import Mapping

from jiuyi.adapters.alipay import menu
from jiuyi.adapters.alipay.gateway import Gateway
from jiuyi.adapters.alipay.menu import Button
from jiuyi.app.cli.faults import CommandFailed
from jiuyi.app.settings import load
from jiuyi.app.settings.alipay import Alipay
from jiuyi.kit.clock import Clock
from jiuyi.kit.journal import Journal
from jiuyi.kit.outcomes import NotDone
from jiuyi.wire.http import Caller


def buttons(public_url: str) -> tuple[Button, ...]:
    """Three ways in: book, what is booked, everything."""
    pages = f"{public_url.rstrip('/')}/l/#/pages"
    return (
        Button("预约挂号", f"{pages}/booking/departments"),
        Button(
            "我的就诊",
            buttons=(
                Button("我的预约", f"{pages}/visits/index"),
                Button("门诊缴费", f"{pages}/fees/index"),
                Button("挂号记录", f"{pages}/records/index"),
                Button("就诊人", f"{pages}/patients/index"),
            ),
        ),
        Button("服务首页", f"{public_url.rstrip('/')}/l/"),
    )


async def _publish(alipay: Alipay, public_url: str) -> None:
    clock = Clock()
    caller = Caller("alipay", alipay.gateway_url, Journal(), clock)
    try:
        await menu.publish(Gateway(caller, clock, alipay.life_keys()), buttons(public_url))
    finally:
        await caller.close()


def publish(environment: Mapping[str, str]) -> int:
    """Replace the account's menu with ours; return the number of buttons. Raises `CommandFailed`."""
    settings = load(environment)
    if settings.alipay is None or not settings.alipay.life_app_id:
        raise CommandFailed("没有设置生活号 there is no Life Account: JIUYI_ALIPAY_LIFE_APP_ID is not set")
    try:
        asyncio.run(_publish(settings.alipay, settings.web.public_url))
    except NotDone as fault:
        raise CommandFailed(f"生活号没有接受菜单 Alipay did not take the menu: {fault}") from fault
    return len(buttons(settings.web.public_url))
