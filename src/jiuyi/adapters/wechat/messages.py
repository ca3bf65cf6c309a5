"""Template messages of the Official Account."""

from collections.abc import Mapping

from jiuyi.adapters.wechat.account import OfficialAccount
from jiuyi.domains.notifications.types import Receipt
from jiuyi.kit.outcomes import Refused

DEFAULT_FIELDS: dict[str, dict[str, str]] = {
    "booked": {
        "patient": "thing1",
        "time": "time2",
        "department": "thing3",
        "doctor": "thing4",
        "place": "thing5",
        "number": "character_string6",
    },
    "cancelled": {
        "patient": "thing1",
        "time": "time2",
        "department": "thing3",
        "reason": "thing4",
        "number": "character_string5",
    },
    "refunded": {
        "item": "thing1",
        "amount": "amount2",
        "time": "time3",
        "route": "thing4",
        "number": "character_string5",
    },
    "stopped": {"patient": "thing1", "department": "thing2", "doctor": "thing3", "time": "time4", "advice": "thing5"},
    "held": {"patient": "thing1", "department": "thing2", "time": "time3", "amount": "amount4"},
    "binding": {"patient": "thing1", "account": "thing2", "time": "time3", "advice": "thing4"},
    "mdt": {"patient": "thing1", "team": "thing2", "state": "phrase3", "time": "time4", "advice": "thing5"},
    "recovered": {"item": "thing1", "time": "time2", "advice": "thing3"},
}
"""Role → keyword of each template, in the order in which the hospital picks the keywords when it adds the template."""


class TemplateMessages:
    """Satisfies `notifications.ports.ChannelSender`. `templates`: name → WeChat's template id."""

    def __init__(
        self, account: OfficialAccount, templates: Mapping[str, str], fields: Mapping[str, Mapping[str, str]]
    ) -> None:
        self._account = account
        self._templates = dict(templates)
        self._fields = {**DEFAULT_FIELDS, **fields}

    async def send(
        self, to: str, template: str, values: Mapping[str, str], url: str, number: str, permit: str = ""
    ) -> Receipt:
        """Send one template message; `number` is its `client_msg_id`: a repetition within ten minutes is not sent."""
        del permit  # who follows may be written to
        template_id = self._templates.get(template)
        if template_id is None:
            raise Refused("wechat", "template.send", "no_template", template)
        fields = self._fields[template]
        body = {
            "touser": to,
            "template_id": template_id,
            "url": url,
            "client_msg_id": number,
            "data": {fields[role]: {"value": value} for role, value in values.items() if role in fields},
        }
        answer = await self._account.post("template.send", "/cgi-bin/message/template/send", body)
        return Receipt(str(answer.get("msgid", "")))
