"""Putting the first page together."""

import re
from importlib import resources

from jiuyi.domains.accounts import service as accounts
from jiuyi.domains.accounts.types import Channel, Principal
from jiuyi.domains.home import rules, settings
from jiuyi.domains.home.errors import AgreementUnknown
from jiuyi.domains.home.types import Agreement, Bootstrap, Limits, Me, Sdk
from jiuyi.domains.notifications import service as notifications
from jiuyi.domains.patients import service as patients
from jiuyi.kit.clock import Clock, local
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Tx
from jiuyi.kit.knobs import Knobs

_ID = re.compile(r"[a-z_]{1,40}@\d{1,4}")


def bootstrap(
    knobs: Knobs, clock: Clock, channel: Channel, limits: Limits, sdk: Sdk, me: Me | None, csrf: str | None
) -> Bootstrap:
    """What every page must know before it draws."""
    return Bootstrap(
        hospital=knobs.get(settings.HOSPITAL),
        channel=channel,
        features=rules.features(channel),
        home_design=rules.design(channel, knobs.get(settings.DESIGN)),
        sdk=sdk,
        server_time=local(clock.now()),
        csrf_token=csrf,
        me=me,
        notices=knobs.get(settings.NOTICES)[:3],
        limits=limits,
    )


async def me(tx: Tx, vault: Vault, clock: Clock, by: Principal) -> Me:
    """The signed-in account."""
    view = await accounts.account_view(tx, vault, by)
    views = await patients.patients_page(tx, vault, clock, by)
    return Me(
        account_id=view.account_id,
        channel=by.channel,
        phone=view.phone,
        language=view.language,
        patients_count=len(views),
        default_patient=next((one for one in views if one.is_default), None),
        unread_messages=await notifications.unread(tx, by.account_id),
    )


def agreement(agreement_id: str) -> Agreement:
    """A text that people agree to, in both languages. Raises `AgreementUnknown`."""
    if _ID.fullmatch(agreement_id) is None:
        raise AgreementUnknown
    folder = resources.files("jiuyi.domains.home") / "agreements"
    texts = []
    for language in ("zh", "en"):
        file = folder / f"{agreement_id}.{language}.md"
        if not file.is_file():
            raise AgreementUnknown
        title, _, body = file.read_text(encoding="utf-8").partition("\n")
        texts.append((title.lstrip("# ").strip(), body.strip()))
    (title, body), (title_en, body_en) = texts
    return Agreement(agreement_id, title, title_en, body, body_en, agreement_id.partition("@")[2])
