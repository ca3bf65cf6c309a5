"""Routes of the first page and of the frame around every page."""

from typing import Annotated, Any

from litestar import Request, get
from litestar.params import Parameter

from jiuyi.domains.accounts.types import Channel, Principal
from jiuyi.domains.home import service
from jiuyi.domains.home.types import Agreement, Bootstrap, Limits, Me, Sdk
from jiuyi.kit.clock import Clock
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db
from jiuyi.kit.http import PUBLIC, Given, principal_of
from jiuyi.kit.knobs import Knobs


@get("/api/bootstrap", **PUBLIC("the first page is drawn before anybody is signed in"))
async def bootstrap(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    clock: Clock,
    sdk: Given[Sdk],
    request: Request[Any, Any, Any],
    channel: Channel = Channel.WECHAT_OA,
) -> Bootstrap:
    """What a page must know before it draws: the hospital, the channel's features and design, and who is signed in."""
    principal = principal_of(request)
    me: Me | None = None
    csrf = None
    if isinstance(principal, Principal):
        channel, csrf = principal.channel, principal.csrf
        async with db.tx() as tx:
            me = await service.me(tx, vault, principal)
    return service.bootstrap(knobs, clock, channel, _limits(), sdk, me, csrf)


def _limits() -> Limits:
    return Limits(patients_max=5, adds_per_30_days=2, hold_minutes=15, window_days=14)


@get("/api/agreements/{agreement_id:str}", **PUBLIC("people read it before they agree"), sync_to_thread=False)
def read_agreement(agreement_id: Annotated[str, Parameter(max_length=60)]) -> Agreement:
    """A text that people agree to, in both languages."""
    return service.agreement(agreement_id)


ROUTES = [bootstrap, read_agreement]
