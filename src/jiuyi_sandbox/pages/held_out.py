"""`/codes?person=p1`: the phone held out to a scanner. Payment codes and e-vouchers, as QR and as digits to type."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import segno
from starlette.responses import HTMLResponse, Response

from jiuyi_sandbox import alipay, unionpay, wechat_pay
from jiuyi_sandbox.alipay import codes as alipay_codes
from jiuyi_sandbox.bridge.sheets import language
from jiuyi_sandbox.insurance import authorisations
from jiuyi_sandbox.insurance.centre import centre_of, place_name
from jiuyi_sandbox.people import BY_KEY, PEOPLE, by_host
from jiuyi_sandbox.wechat_pay_v2 import codes as wechat_codes
from jiuyi_sandbox.wecity import household

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from jiuyi_sandbox.world import World

_STYLE = """
:root{color-scheme:light}*{box-sizing:border-box}
body{margin:0;font:16px/1.5 "PingFang SC","Noto Sans SC","Noto Sans CJK SC",sans-serif;color:#191919;background:#eef1f5}
main{max-width:960px;margin:0 auto;padding:24px 16px}
h1{font-size:22px;line-height:30px;margin:0 0 4px}p{margin:0 0 16px;color:#555}
nav{display:flex;flex-wrap:wrap;gap:8px;margin:0 0 20px}
nav a{min-height:44px;display:flex;align-items:center;padding:0 14px;border-radius:22px;background:#fff;color:#191919}
nav a[aria-current]{background:#0b5fbf;color:#fff;text-decoration:none}
ul{list-style:none;margin:0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(220px,1fr));gap:16px}
li{background:#fff;border-radius:12px;padding:16px;text-align:center}
li svg{width:160px;height:160px;display:block;margin:8px auto}
li strong{display:block}li small{display:block;color:#555;min-height:24px}
code{font-size:14px;overflow-wrap:anywhere;user-select:all}
"""


def page(world: World) -> Callable[[Request], Awaitable[Response]]:
    """Every visit makes fresh codes; a payment code lives a minute, an e-voucher five."""

    async def show(request: Request) -> Response:
        lang = language(request)
        holder = by_host(request.headers.get("host", ""))
        person = BY_KEY.get(request.query_params.get("person", "")) or holder or PEOPLE[0]

        def t(chinese: str, english: str) -> str:
            return english if lang == "en" else chinese

        cards = [
            (t("微信付款码", "WeChat payment code"), t("1 分钟内有效，只能用一次", "One minute, once"),
             wechat_codes.new_code(wechat_pay.world_of(world), person.key)),
            (t("支付宝付款码", "Alipay payment code"), t("1 分钟内有效，只能用一次", "One minute, once"),
             alipay_codes.new_code(alipay.world_of(world), person.key, "bar_code")),
            (t("云闪付付款码", "UnionPay code"), t("1 分钟内有效，只能用一次", "One minute, once"),
             unionpay.world_of(world).new_code(person.key)),
        ]  # fmt: skip
        centre = centre_of(world)
        for one in household(world, person.key):
            if one["row"] is not None:
                token = authorisations.issue(centre, one["row"]["psn_no"], kind=authorisations.EC_TOKEN)
                place = place_name(one["row"]["place"])[lang == "en"]
                cards.append((t("医保就医凭证", "Insurance e-voucher"), f"{one['name']} · {place}", token))
        tabs = "".join(
            f'<a href="/codes?person={one.key}&amp;lang={lang}"{" aria-current=page" if one is person else ""}>'
            f"{html.escape(one.name_en if lang == 'en' else one.name)}</a>"
            for one in PEOPLE
        )
        shown = "".join(
            f"<li><strong>{title}</strong><small>{html.escape(about)}</small>{_qr(code)}<code>{code}</code></li>"
            for title, about, code in cards
        )
        hint = t(
            "对着扫码枪出示，或把数字输入收银台。刷新得到新的码。",
            "For the scanner, or digits to type at the desk. Reload for fresh ones.",
        )
        text = (
            f'<!doctype html><html lang="{"en" if lang == "en" else "zh-CN"}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
            f"<title>{t('出示付款码', 'Show a code')}</title><style>{_STYLE}</style></head><body><main>"
            f"<h1>{t('出示付款码', 'Show a code')}</h1>"
            f"<p>{hint}</p>"
            f"<nav>{tabs}</nav><ul>{shown}</ul></main></body></html>"
        )
        return HTMLResponse(text, headers={"Cache-Control": "no-store"})

    return show


def _qr(text: str) -> str:
    return segno.make(text, error="m", micro=False).svg_inline(scale=4, border=2, omitsize=True)
