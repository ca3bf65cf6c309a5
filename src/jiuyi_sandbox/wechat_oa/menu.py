"""The account's custom menu: checked the way WeChat checks it, kept, shown to the phones."""

import json
from typing import Any

from jiuyi_sandbox.wechat_oa.account import Account, Failure

_KEY = "wechat_oa.menu"
_MOST_BUTTONS, _MOST_SUB_BUTTONS = 3, 5
_LONGEST_NAME, _LONGEST_SUB_NAME, _LONGEST_KEY, _LONGEST_URL = 16, 60, 128, 1024
_WITH_KEY = frozenset(
    {
        "click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin",
        "location_select",
    }
)  # fmt: skip


def _check_button(button: Any, longest_name: int, *, sub: bool) -> None:
    if not isinstance(button, dict):
        raise Failure(40016, "invalid button size")
    name = button.get("name")
    if not isinstance(name, str) or not name or len(name.encode()) > longest_name:
        raise Failure(40018, "invalid button name size")
    children = button.get("sub_button") or []
    if children and not sub:
        if len(children) > _MOST_SUB_BUTTONS:
            raise Failure(40023, "invalid sub button size")
        for child in children:
            _check_button(child, _LONGEST_SUB_NAME, sub=True)
        return
    kind = button.get("type")
    if kind in _WITH_KEY:
        if not button.get("key") or len(str(button["key"]).encode()) > _LONGEST_KEY:
            raise Failure(40019, "invalid button key size")
    elif kind in ("view", "miniprogram"):
        url = str(button.get("url", ""))
        if not url.startswith(("http://", "https://")) or len(url.encode()) > _LONGEST_URL:
            raise Failure(40054 if sub else 40055, "invalid button url domain")
        if kind == "miniprogram" and not (button.get("appid") and button.get("pagepath")):
            raise Failure(45064, "no permission to use weapp in menu")
    elif kind not in ("media_id", "view_limited", "article_id"):
        raise Failure(40017, "invalid button type")


def create(account: Account, body: Any) -> dict[str, Any]:
    """POST /cgi-bin/menu/create. Raises Failure 40015–40023, 40054, 40055."""
    buttons = body.get("button") if isinstance(body, dict) else None
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= _MOST_BUTTONS:
        raise Failure(40016, "invalid button size")
    for button in buttons:
        _check_button(button, _LONGEST_NAME, sub=False)
    account.world.store.set_meta(_KEY, json.dumps(buttons, ensure_ascii=False))
    return {"errcode": 0, "errmsg": "ok"}


def buttons(account: Account) -> list[Any]:
    """The buttons in force, [] when there is no menu."""
    known = account.world.store.meta(_KEY)
    return list(json.loads(known)) if known else []


def get(account: Account) -> dict[str, Any]:
    """GET /cgi-bin/menu/get. Raises Failure 46003 when there is no menu."""
    found = buttons(account)
    if not found:
        raise Failure(46003, "menu no exist")
    return {"menu": {"button": found, "menuid": 1}}


def self_menu(account: Account) -> dict[str, Any]:
    """GET /cgi-bin/get_current_selfmenu_info."""
    found = buttons(account)
    return {"is_menu_open": int(bool(found)), "selfmenu_info": {"button": found}}


def delete(account: Account) -> dict[str, Any]:
    """GET /cgi-bin/menu/delete."""
    account.world.store.execute("DELETE FROM meta WHERE key = ?", (_KEY,))
    return {"errcode": 0, "errmsg": "ok"}
