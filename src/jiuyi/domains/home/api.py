"""Routes of the first page and of the frame around every page."""

from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get
from litestar.params import Parameter, QueryParameter

from jiuyi.domains.accounts.types import Channel, Principal
from jiuyi.domains.booking.flows.holding import Desk
from jiuyi.domains.booking.service import announced
from jiuyi.domains.catalog.service import Directory
from jiuyi.domains.home import flows, service
from jiuyi.domains.home.ports import RegistrationHistory
from jiuyi.domains.home.types import Agreement, Bootstrap, Home, Limits, Me, Registrations, Sdk
from jiuyi.domains.patients import service as patients
from jiuyi.kit.clock import Clock, local
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.http import PATIENT, PUBLIC, Given, language, principal_of
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.limits import Shield


@get("/api/bootstrap", **PUBLIC("the first page is drawn before anybody is signed in"))
async def bootstrap(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    clock: Clock,
    sdk: Given[Sdk],
    request: Request[Any, Any, Any],
    channel: Channel | None = None,
) -> Bootstrap:
    """What a page must know before it draws: the hospital, the channel's features and design, and who is signed in."""
    principal = principal_of(request)
    me: Me | None = None
    csrf = None
    # Somebody who is signed in through another channel is not signed in here: paying and messages follow the channel.
    if isinstance(principal, Principal) and channel in {None, principal.channel}:
        channel, csrf = principal.channel, principal.csrf
        async with db.tx() as tx:
            me = await service.me(tx, vault, clock, principal)
    return service.bootstrap(knobs, clock, channel or Channel.WECHAT_OA, _limits(knobs), sdk, me, csrf)


def _limits(knobs: Knobs) -> Limits:
    about, booking = patients.limits(knobs), announced.limits(knobs)
    return Limits(about.patients_max, about.adds_per_30_days, booking.hold_minutes, booking.window_days)


@get("/api/home", **PATIENT)
async def read_home(tx: Tx, desk: Desk, clock: Clock, principal: Principal, request: Request[Any, Any, Any]) -> Home:
    """The first page's own facts."""
    return await service.home(tx, desk.shop, clock, principal, language(request))


@get("/api/agreements/{agreement_id:str}", **PUBLIC("people read it before they agree"), sync_to_thread=False)
def read_agreement(agreement_id: Annotated[str, Parameter(max_length=60)]) -> Agreement:
    """A text that people agree to, in both languages."""
    return service.agreement(agreement_id)


@get("/api/records/registrations", **PATIENT)
async def list_registrations(
    db: Db,
    directory: Directory,
    clock: Clock,
    history: Given[RegistrationHistory],
    shield: Shield,
    principal: Principal,
    request: Request[Any, Any, Any],
    patient_id: UUID,
    since: Annotated[date | None, QueryParameter(name="from")] = None,
    until: Annotated[date | None, QueryParameter(name="to")] = None,
) -> Registrations:
    """All of a patient's registrations in the hospital, also those made at a window or elsewhere, newest first."""
    shield.hit("records.registrations", str(principal.account_id), times=30, seconds=60)
    today = clock.today()
    return await flows.registrations(
        db,
        history,
        directory,
        principal,
        patient_id=patient_id,
        since=since or today - timedelta(days=730),
        until=until or today + timedelta(days=120),
        as_of=local(clock.now()),
        language=language(request),
    )


ROUTES = [bootstrap, read_home, read_agreement, list_registrations]
