"""The eight sample people, one on each phone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """Somebody holding phone ``key`` (``p1``…``p8``), whose browser origin is ``http://{key}.localhost:PORT``."""

    key: str
    name: str
    name_en: str
    nickname: str
    sex: str
    mobile: str
    story: str
    story_en: str


PEOPLE: tuple[Person, ...] = (
    Person(
        "p1",
        "陈美华",
        "Chen Meihua",
        "美华",
        "female",
        "13800002046",
        "38 岁，给自己、两个孩子和父亲挂号",
        "38, books for herself, two children and her father",
    ),
    Person(
        "p2",
        "陈国栋",
        "Chen Guodong",
        "老陈",
        "male",
        "13800003074",
        "74 岁，高血压复诊，字要大",
        "74, comes back for his blood pressure, needs large type",
    ),
    Person(
        "p3",
        "Daniel Okafor",
        "Daniel Okafor",
        "Daniel",
        "male",
        "13800004118",
        "持护照的外籍教师，用英文",
        "teacher from abroad with a passport, uses English",
    ),
    Person(
        "p4",
        "黄子晴",
        "Huang Tsz Ching",
        "🌸小晴🐱✨",
        "female",
        "13800005226",
        "香港居民，微信昵称带表情，持港澳居民居住证",
        "from Hong Kong, emoji nickname, residence permit",
    ),
    Person(
        "p5",
        "林家豪",
        "Lin Chia-hao",
        "家豪",
        "male",
        "13800006335",
        "台湾同胞，持台胞证，新近确诊肺结节",
        "from Taiwan with a travel permit, a new lung nodule",
    ),
    Person(
        "p6",
        "周晓雯",
        "Zhou Xiaowen",
        "晓雯 Wen",
        "female",
        "13800007448",
        "27 岁，在本院还没有档案，第一次来",
        "27, has no file here yet, first visit",
    ),
    Person(
        "p7",
        "何伟明",
        "He Weiming",
        "伟明",
        "male",
        "13800009551",
        "46 岁，在市属机关工作，参加市直医保",
        "46, works for the city and has city-direct insurance",
    ),
    Person(
        "p8",
        "罗秋萍",
        "Luo Qiuping",
        "秋萍",
        "female",
        "13800009662",
        "52 岁，没有单位，参加广州居民医保",
        "52, has no employer and Guangzhou residents' insurance",
    ),
)
"""Fictional. The phone numbers look like mobile numbers and are never called."""

BY_KEY = {person.key: person for person in PEOPLE}


def by_host(host: str) -> Person | None:
    """The person whose phone a host name such as ``p3.localhost:8000`` belongs to, or None."""
    return BY_KEY.get(host.partition(":")[0].removesuffix(".localhost").lower()) if ".localhost" in host else None
