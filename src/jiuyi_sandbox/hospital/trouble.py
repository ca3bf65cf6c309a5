"""Patients who meet trouble on purpose: their files make the HIS refuse, fall silent or answer wrongly."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Magic:
    """A file whose owner meets trouble. ``acts`` says where: operation → what happens."""

    name: str
    acts: tuple[tuple[str, str], ...]
    meaning: str
    meaning_en: str


MAGIC: tuple[Magic, ...] = (
    Magic("测试号满", (("registrations.lock", "slot_full"),), "锁号总是“号已满”", "lock is refused: slot_full"),
    Magic(
        "测试停诊",
        (("registrations.lock", "clinic_stopped"),),
        "锁号总是“已停诊”",
        "lock is refused: clinic_stopped",
    ),
    Magic(
        "测试限号",
        (("registrations.lock", "patient_limit"),),
        "锁号总是“超过本院限号”",
        "lock is refused: patient_limit",
    ),
    Magic(
        "测试黑名",
        (("registrations.lock", "patient_blocked"),),
        "锁号总是“暂停预约”",
        "lock is refused: patient_blocked",
    ),
    Magic(
        "测试繁忙",
        (("registrations.lock", "busy_once"),),
        "每个请求号第一次锁号得到 503 busy，第二次成功",
        "the first lock of each request_no is answered 503 busy, the second works",
    ),
    Magic(
        "测试维护",
        (("registrations.lock", "maintenance"),),
        "锁号总是 503 maintenance",
        "lock is answered 503 maintenance",
    ),
    Magic(
        "测试超时",
        (("registrations.lock", "late"),),
        "锁号已成功，但 8 秒后才回答",
        "lock is done but answered after 8 s",
    ),
    Magic(
        "测试断线",
        (("registrations.lock", "cut"),),
        "锁号已成功，但连接断开、没有回答",
        "lock is done, the connection is cut",
    ),
    Magic(
        "测试丢失",
        (("registrations.lock", "lost"),),
        "锁号没有到达：连接断开，什么都没做",
        "lock never arrives: the connection is cut and nothing is done",
    ),
    Magic(
        "测试乱码",
        (("registrations.lock", "garbled"),),
        "锁号已成功，但回答的签名不对",
        "lock is done, the answer's signature is wrong",
    ),
    Magic(
        "测试涨价",
        (("registrations.lock", "dearer"),),
        "锁号回答的费用比排班多 5 元",
        "the fee in the answer to lock is ¥5 above the schedule's",
    ),
    Magic(
        "测试过期",
        (("registrations.confirm", "lock_expired"),),
        "付款后确认被拒：锁号已过期",
        "confirm is refused: lock_expired",
    ),
    Magic(
        "测试确认",
        (("registrations.confirm", "cut"),),
        "确认已成功，但连接断开、没有回答",
        "confirm is done, the connection is cut",
    ),
    Magic(
        "测试慢确",
        (("registrations.confirm", "late"),),
        "确认已成功，但 8 秒后才回答",
        "confirm is done but answered after 8 s",
    ),
    Magic(
        "测试忙确",
        (("registrations.confirm", "busy_once"),),
        "每个请求号第一次确认得到 503 busy，第二次成功",
        "the first confirm of each request_no is answered 503 busy, the second works",
    ),
    Magic(
        "测试拒退",
        (("registrations.cancel", "not_cancellable"),),
        "已确认的号取消被拒",
        "cancelling a confirmed place is refused: not_cancellable",
    ),
    Magic(
        "测试断退",
        (("registrations.cancel", "cut"),),
        "取消已成功，但连接断开、没有回答",
        "cancel is done, the connection is cut",
    ),
    Magic("测试逝者", (), "档案标记为已故", "the file is marked deceased; lock is refused: patient_blocked"),
)
MAGIC_FIRST_PHONE = 13800008001
