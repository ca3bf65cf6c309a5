"""The Life Account's menu: checked, kept, shown to the phones."""

import hashlib
import json
from typing import Any

from jiuyi_sandbox.alipay.alipay_world import AlipayWorld
from jiuyi_sandbox.alipay.gate import Call, fine
from jiuyi_sandbox.alipay.problems import business

_KEY = "alipay.menu"
_MOST_BUTTONS, _MOST_SUB_BUTTONS, _LONGEST_NAME = 4, 5, 5
"""UNCONFIRMED numbers: four buttons of five characters with five below each."""

_TYPES = ("out", "link", "tel", "map", "consumption")


def _check(button: Any, *, sub: bool) -> None:
    if not isinstance(button, dict):
        raise business("MENU_PARAM_ERROR", "菜单格式错误")
    name = button.get("name")
    if not isinstance(name, str) or not 1 <= len(name) <= (_LONGEST_NAME * 2 if sub else _LONGEST_NAME):
        raise business("MENU_NAME_ERROR", "菜单名称长度错误")
    children = button.get("sub_button") or []
    if children and not sub:
        if len(children) > _MOST_SUB_BUTTONS:
            raise business("MENU_SIZE_ERROR", "子菜单个数超限")
        for child in children:
            _check(child, sub=True)
        return
    if button.get("action_type") not in _TYPES:
        raise business("MENU_TYPE_ERROR", "action_type 无效")
    action = str(button.get("action_param") or "")
    if not action or (button["action_type"] == "link" and not action.startswith(("https://", "http://", "alipays://"))):
        raise business("MENU_PARAM_ERROR", "action_param 无效")


def buttons(ali: AlipayWorld) -> list[Any]:
    """The buttons in force, [] when there is no menu."""
    known = ali.world.store.meta(_KEY)
    return list(json.loads(known)) if known else []


def _replace(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    given = call.body.get("button")
    if not isinstance(given, list) or not 1 <= len(given) <= _MOST_BUTTONS:
        raise business("MENU_SIZE_ERROR", "菜单个数超限")
    if call.body.get("type", "text") not in ("text", "icon"):
        raise business("MENU_TYPE_ERROR", "type 应为 text 或 icon")
    for button in given:
        _check(button, sub=False)
    ali.world.store.set_meta(_KEY, json.dumps(given, ensure_ascii=False))
    return fine(menu_key="default")


def _life(ali: AlipayWorld, call: Call) -> None:
    if call.app_id != ali.keys.life_app_id:
        raise business("NOT_PUBLIC_ACCOUNT", "该应用不是生活号")


async def create(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.open.public.menu.create: only where there is none yet."""
    _life(ali, call)
    if buttons(ali):
        raise business("MENU_EXIST", "菜单已存在，请使用修改接口")
    return _replace(ali, call)


async def modify(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.open.public.menu.modify: only where there is one."""
    _life(ali, call)
    if not buttons(ali):
        raise business("MENU_NOT_EXIST", "菜单不存在")
    return _replace(ali, call)


async def query(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.open.public.menu.query: the menu as JSON text."""
    _life(ali, call)
    found = buttons(ali)
    if not found:
        raise business("MENU_NOT_EXIST", "菜单不存在")
    return fine(menu_content=json.dumps({"button": found}, ensure_ascii=False))


async def qr_code(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.open.public.qrcode.create: the address of a code at Alipay; nothing here draws or scans it."""
    _life(ali, call)
    kind, info = call.body.get("code_type"), call.body.get("code_info")
    scene = info.get("scene") if isinstance(info, dict) else None
    if kind not in ("TEMP", "PERM") or not isinstance(scene, dict) or not scene.get("scene_id"):
        raise business("INVALID_PARAMETER", "code_type 应为 TEMP 或 PERM，且应有 code_info.scene.scene_id")
    code = hashlib.sha256(f"{call.app_id}:{scene['scene_id']}".encode()).hexdigest()[:24]
    seconds = call.body.get("expire_second", 1800) if kind == "TEMP" else None
    return fine(code_img=f"https://mobilecodec.alipay.com/show.htm?code={code}&picSize=S", expire_second=seconds)


async def followers(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.open.public.follow.batchquery: everybody on one page."""
    _life(ali, call)
    rows = ali.world.store.all("SELECT user_id FROM ali_person WHERE following ORDER BY user_id")
    ids = [row["user_id"] for row in rows]
    if ali.switches.identity != "user_id":
        ids = [ali.open_id_of(call.app_id, one) for one in ids]
    return fine(count=str(len(ids)), user_id_list={"string": ids}, next_user_id="")
