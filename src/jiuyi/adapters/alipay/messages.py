"""Template messages of the Life Account and of the mini program (docs/contracts/alipay.md §3)."""

from collections.abc import Mapping

import msgspec

from jiuyi.adapters.alipay.gateway import Gateway
from jiuyi.adapters.alipay.pay import buyer
from jiuyi.domains.notifications.types import Receipt
from jiuyi.kit.outcomes import Refused

DEFAULT_FIELDS: dict[str, tuple[str, ...]] = {
    "booked": ("patient", "time", "department", "doctor", "place", "number"),
    "cancelled": ("patient", "time", "department", "reason", "number"),
    "refunded": ("item", "amount", "time", "route", "number"),
    "stopped": ("patient", "department", "doctor", "time", "advice"),
    "held": ("patient", "department", "time", "amount"),
    "binding": ("patient", "account", "time", "advice"),
    "mdt": ("patient", "team", "state", "time", "advice"),
    "recovered": ("item", "time", "advice"),
}
"""The roles of each template in the order of its keywords: `keyword1`, `keyword2`, …"""
_COLOUR = "#303133"


def _keywords(template: str, values: Mapping[str, str]) -> dict[str, str]:
    roles = DEFAULT_FIELDS[template]
    return {f"keyword{number}": values[role] for number, role in enumerate(roles, 1) if role in values}


class LifeMessages:
    """Satisfies `notifications.ports.ChannelSender`. `templates`: name → Alipay's template id."""

    def __init__(self, gateway: Gateway, templates: Mapping[str, str]) -> None:
        self._gateway = gateway
        self._templates = dict(templates)

    async def send(
        self, to: str, template: str, values: Mapping[str, str], url: str, number: str, permit: str = ""
    ) -> Receipt:
        """alipay.open.public.message.single.send. It takes no number of ours; its answer names none of its own."""
        del permit
        template_id = _template_id(self._gateway, self._templates, template)
        context: dict[str, object] = {
            name: {"value": value, "color": _COLOUR} for name, value in _keywords(template, values).items()
        }
        context |= {"head_color": "#1677FF", "url": url, "action_name": "查看"}
        body = {**buyer(to, "to_open_id", "to_user_id"), "template": {"template_id": template_id, "context": context}}
        await self._gateway.ask("template.send", "alipay.open.public.message.single.send", body)
        return Receipt(number)


class MiniMessages:
    """Satisfies `notifications.ports.ChannelSender` for the mini program: each message needs a permit."""

    def __init__(self, gateway: Gateway, templates: Mapping[str, str]) -> None:
        self._gateway = gateway
        self._templates = dict(templates)

    async def send(
        self, to: str, template: str, values: Mapping[str, str], url: str, number: str, permit: str = ""
    ) -> Receipt:
        """alipay.open.app.mini.templatemessage.send. `permit` is the `form_id`: the number of a trade, or of a form."""
        if not permit:
            raise Refused(self._gateway.system, "template.send", "no_permit", "nothing was paid or posted lately")
        body = {
            **buyer(to, "to_open_id", "to_user_id"),
            "form_id": permit,
            "user_template_id": _template_id(self._gateway, self._templates, template),
            "page": url,
            "data": msgspec.json.encode(
                {name: {"value": value} for name, value in _keywords(template, values).items()}
            ).decode(),
        }
        await self._gateway.ask("template.send", "alipay.open.app.mini.templatemessage.send", body)
        return Receipt(number)


def _template_id(gateway: Gateway, templates: Mapping[str, str], template: str) -> str:
    found = templates.get(template)
    if found is None:
        raise Refused(gateway.system, "template.send", "no_template", template)
    return found
