"""Pure decisions: which features and which design a channel gets, and words for records."""

from collections.abc import Mapping

from jiuyi.domains.accounts.types import Channel
from jiuyi.domains.home.types import BUILT, FEATURES, Block, HomeDesign

DESIGNS: dict[str, HomeDesign] = {
    "s1": HomeDesign(
        style="s1",
        name="清朗蓝",
        name_en="Clear Blue",
        blocks=[
            Block("patient_card", "hero"),
            Block("now_card", "visit"),
            Block("primary", "tiles"),
            Block("grid", "four"),
            Block("notices", "list"),
            Block("doctors", "row"),
            Block("tabs", "bar"),
        ],
    ),
}
"""The home designs that this release draws, by style."""

SOURCES = {
    "online": ("线上预约", "Online"),
    "window": ("窗口挂号", "Service window"),
    "machine": ("自助机", "Self-service machine"),
    "phone": ("电话预约", "By phone"),
    "other": ("其他渠道", "Other"),
}
STATES = {
    "booked": ("已预约", "Booked"),
    "done": ("已就诊", "Visited"),
    "cancelled": ("已取消", "Cancelled"),
    "no_show": ("爽约", "Missed"),
    "stopped": ("停诊", "Cancelled by hospital"),
    "refunded": ("已退费", "Refunded"),
}


def features(channel: Channel) -> list[str]:
    """The features that a channel offers: asked for there, and built."""
    return sorted(feature for feature, channels in FEATURES.items() if feature in BUILT and channel in channels)


def design(channel: Channel, chosen: dict[str, str]) -> HomeDesign:
    """The home design of a channel; a name that is not drawn yet falls back to S1."""
    return DESIGNS.get(chosen.get(channel, "s1"), DESIGNS["s1"])


def word(table: Mapping[str, tuple[str, str]], key: str, language: str) -> str:
    """The word for `key` in `language`; an unknown key is shown as it is."""
    zh, en = table.get(key, (key, key))
    return en if language == "en" else zh
