"""Routes: disease teams, documents, applications."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.booking.errors import FileRefused
from jiuyi.domains.booking.flows.holding import Desk
from jiuyi.domains.booking.rules import files
from jiuyi.domains.booking.service import mdt as service
from jiuyi.domains.booking.types import (
    MdtApplicationBody,
    MdtApplicationView,
    MdtDocumentView,
    MdtTeamView,
    SupplementBody,
)
from jiuyi.kit.crypto import Keys
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.http import PATIENT, PUBLIC, language
from jiuyi.kit.limits import Shield
from jiuyi.kit.pages import Items

_WALL = "disease teams are published like departments and doctors"


@get("/api/mdt/teams", **PUBLIC(_WALL), sync_to_thread=False)
def list_teams(request: Request[Any, Any, Any], desk: Desk) -> Items[MdtTeamView]:
    """The disease teams."""
    return Items(service.teams(desk.shop, language(request)))


@get("/api/mdt/teams/{team_id:uuid}", **PUBLIC(_WALL), sync_to_thread=False)
def read_team(request: Request[Any, Any, Any], desk: Desk, team_id: UUID) -> MdtTeamView:
    """One team."""
    return service.team(desk.shop, team_id, language(request))


@post("/api/mdt/documents", **PATIENT, status_code=201)
async def upload(
    db: Db,
    keys: Keys,
    desk: Desk,
    shield: Shield,
    principal: Principal,
    data: Annotated[dict[str, UploadFile], Body(media_type=RequestEncodingType.MULTI_PART)],
) -> MdtDocumentView:
    """Upload a JPEG, PNG or PDF of at most 5 MB (form field `file`); pictures are made anew without their EXIF."""
    shield.hit("booking.upload", str(principal.account_id), times=20, seconds=60)
    file = data.get("file")
    if file is None:
        raise FileRefused
    raw = await file.read(files.MOST_BYTES + 1)
    try:
        content_type, body = await asyncio.to_thread(files.clean, raw)
    except files.Unusable as error:
        raise FileRefused from error
    async with db.tx() as tx:
        return await service.keep_document(
            tx, desk.shop, keys, principal, name=file.filename, content_type=content_type, body=body
        )


@post("/api/mdt/applications", **PATIENT, status_code=201)
async def apply(
    request: Request[Any, Any, Any], tx: Tx, desk: Desk, principal: Principal, data: MdtApplicationBody
) -> MdtApplicationView:
    """Apply to a team with uploaded documents."""
    row = await service.apply(tx, desk.shop, data, principal)
    return (await service.views(tx, desk.shop, [row], language(request)))[0]


@get("/api/mdt/applications", **PATIENT)
async def list_applications(
    request: Request[Any, Any, Any], tx: Tx, desk: Desk, principal: Principal
) -> Items[MdtApplicationView]:
    """The account's applications, the newest first."""
    rows = await service.of_account(tx, principal)
    return Items(await service.views(tx, desk.shop, rows, language(request)))


@get("/api/mdt/applications/{application_id:uuid}", **PATIENT)
async def read_application(
    request: Request[Any, Any, Any], tx: Tx, desk: Desk, principal: Principal, application_id: UUID
) -> MdtApplicationView:
    """One application."""
    row = await service.access_application(tx, application_id, principal)
    return (await service.views(tx, desk.shop, [row], language(request)))[0]


@post("/api/mdt/applications/{application_id:uuid}/supplement", **PATIENT, status_code=200)
async def supplement(
    request: Request[Any, Any, Any],
    tx: Tx,
    desk: Desk,
    principal: Principal,
    application_id: UUID,
    data: SupplementBody,
) -> MdtApplicationView:
    """Add what the team asked for, and submit again."""
    row = await service.supplement(tx, desk.shop, application_id, data, principal)
    return (await service.views(tx, desk.shop, [row], language(request)))[0]


@post("/api/mdt/applications/{application_id:uuid}/withdraw", **PATIENT, status_code=200)
async def withdraw(
    request: Request[Any, Any, Any], tx: Tx, desk: Desk, principal: Principal, application_id: UUID
) -> MdtApplicationView:
    """Take an application back."""
    row = await service.withdraw(tx, application_id, principal)
    return (await service.views(tx, desk.shop, [row], language(request)))[0]


ROUTES = [
    list_teams,
    read_team,
    upload,
    apply,
    list_applications,
    read_application,
    supplement,
    withdraw,
]
