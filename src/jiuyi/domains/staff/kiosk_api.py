"""Routes: signing in at a desk, who is signed in, handing over."""

from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Cookie

from jiuyi.domains.staff import flows, service, settings
from jiuyi.domains.staff.types import AtDesk, Role, ShiftView
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.http import DEVICE, WebAddress
from jiuyi.kit.knobs import Knobs

DESK_COOKIE = "jiuyi_desk"
_PATH = "/api/desk"
_SIGNED_IN = DEVICE(Role.CASHIER, Role.HAND_HELD, Role.FINANCE_READ)
"""Roles at which a person may sign in. Who reads for finance does so in a browser; a machine goes on with its key."""


class SignInIn(msgspec.Struct, forbid_unknown_fields=True):
    """Who stands at the machine from now on: staff number and PIN, and a new PIN where one is wanted or needed."""

    operator: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    pin: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    new_pin: Annotated[str, msgspec.Meta(min_length=1, max_length=32)] | None = None


@post("/api/desk/shift", **_SIGNED_IN, status_code=200)
async def sign_in(
    db: Db, vault: Vault, knobs: Knobs, web: WebAddress, at_desk: AtDesk, data: SignInIn
) -> Response[ShiftView]:
    """Open a shift. A browser gets it as a cookie; a machine goes on with its key."""
    operator = data.operator.strip()
    opened = await flows.sign_in(db, vault, knobs, at_desk, operator=operator, pin=data.pin, new_pin=data.new_pin)
    cookie = Cookie(
        key=DESK_COOKIE,
        value=opened.token,
        path=_PATH,
        max_age=knobs.get(settings.SHIFT_HOURS) * 3600,
        httponly=True,
        secure=web.secure,
        samesite="strict",
    )
    return Response(service.shift_view(opened.at), cookies=[cookie])


@get("/api/desk/shift", **DEVICE(*Role))
async def read_shift(at_desk: AtDesk) -> ShiftView:
    """The device and who stands at it."""
    return service.shift_view(at_desk)


@post("/api/desk/shift/end", **_SIGNED_IN, status_code=200)
async def hand_over(tx: Tx, web: WebAddress, at_desk: AtDesk) -> Response[None]:
    """End the shift."""
    await service.close_shift(tx, at_desk)
    gone = Cookie(key=DESK_COOKIE, value="", path=_PATH, max_age=0, httponly=True, secure=web.secure, samesite="strict")
    return Response(None, cookies=[gone])


ROUTES = [sign_in, read_shift, hand_over]
