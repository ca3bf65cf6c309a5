"""Routes of the message centre."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get, post, put
from litestar.params import Parameter

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.notifications import service
from jiuyi.domains.notifications.types import About, MessageView
from jiuyi.kit.db import Tx
from jiuyi.kit.http import PATIENT, language
from jiuyi.kit.limits import Shield
from jiuyi.kit.pages import Page

_WISHES_A_MINUTE = 10


class ReadIn(msgspec.Struct, forbid_unknown_fields=True):
    """Which messages were read."""

    ids: Annotated[list[UUID], msgspec.Meta(max_length=100)] = []
    all: bool = False


@get("/api/messages", **PATIENT)
async def list_messages(
    tx: Tx,
    principal: Principal,
    request: Request[Any, Any, Any],
    cursor: Annotated[str | None, Parameter(max_length=400)] = None,
    limit: Annotated[int, Parameter(ge=1, le=50)] = 20,
) -> Page[MessageView]:
    """The account's messages, newest first."""
    return await service.messages(tx, principal, cursor, limit, language(request))


@put("/api/wishes/{about:str}", **PATIENT, status_code=204)
async def wish(tx: Tx, shield: Shield, principal: Principal, about: About) -> None:
    """Tell me when the hospital's system answers again."""
    shield.hit("notifications.wish", str(principal.account_id), times=_WISHES_A_MINUTE, seconds=60)
    await service.wish(tx, principal, about)


@post("/api/messages/read", **PATIENT, status_code=204)
async def mark_read(tx: Tx, principal: Principal, data: ReadIn) -> None:
    """Mark messages as read."""
    await service.mark_read(tx, principal, data.ids, all_of_them=data.all)


ROUTES = [list_messages, wish, mark_read]
