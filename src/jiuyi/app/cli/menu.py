"""The Official Account's custom menu: what it says, and publishing it."""

import asyncio
from collections.abc import Mapping

from jiuyi.adapters.wechat import menu
from jiuyi.adapters.wechat.account import OfficialAccount
from jiuyi.adapters.wechat.menu import Button
from jiuyi.app.cli.faults import CommandFailed
from jiuyi.app.settings import Settings, load
from jiuyi.kit.clock import Clock
from jiuyi.kit.journal import Journal
from jiuyi.kit.outcomes import NotDone
from jiuyi.wire.http import Caller


def buttons(public_url: str) -> tuple[Button, ...]:
    """Three ways in: book, what is booked, everything."""
    pages = f"{public_url.rstrip('/')}/w/#/pages"
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
        Button("服务首页", f"{public_url.rstrip('/')}/w/"),
    )


async def _publish(settings: Settings) -> None:
    clock, oa = Clock(), settings.wechat_oa
    caller = Caller("wechat", oa.api_url, Journal(), clock)
    account = OfficialAccount(caller, clock, app_id=oa.app_id, app_secret=oa.app_secret, open_url=oa.open_url)
    try:
        await menu.publish(account, buttons(settings.web.public_url))
    finally:
        await caller.close()


def publish(environment: Mapping[str, str]) -> int:
    """Replace the account's menu with ours; return the number of buttons. Raises `CommandFailed`."""
    settings = load(environment)
    try:
        asyncio.run(_publish(settings))
    except NotDone as fault:
        raise CommandFailed(f"公众号没有接受菜单 WeChat did not take the menu: {fault}") from fault
    return len(buttons(settings.web.public_url))
