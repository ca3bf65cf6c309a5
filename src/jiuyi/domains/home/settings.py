"""Run-time settings of the first page."""

from datetime import datetime

from jiuyi.domains.home.types import Hospital, Notice
from jiuyi.kit.clock import HOSPITAL_ZONE
from jiuyi.kit.knobs import Knob

HOSPITAL = Knob(
    "home.hospital",
    Hospital,
    Hospital(
        name="岭南大学附属医院",
        name_en="Affiliated Hospital of Lingnan University",
        short_name="岭南附院",
        short_name_en="Lingnan Hospital",
        phone="020-8888 0000",
        emergency_phone="020-8888 0120",
        address="广州市越秀区岭南路 1 号",
        address_en="1 Lingnan Road, Yuexiu District, Guangzhou",
        icp="粤ICP备 00000000 号",
    ),
    "医院信息",
    "The hospital's own facts",
    "sample; the hospital enters its own",
)
DESIGN = Knob(
    "home.design",
    dict[str, str],
    {"wechat_oa": "s1", "alipay_life": "s1", "alipay_mini": "s1", "wechat_mini": "s1"},
    "各渠道首页样式",
    "Home design of each channel",
    "requirements F11",
)
NOTICES = Knob(
    "home.notices",
    list[Notice],
    [
        Notice(
            id="official",
            title="本院不收任何预约服务费、代挂费，请认准本院官方服务号",
            title_en="The hospital charges no booking fee. Use only its official accounts.",
            at=datetime(2026, 11, 1, 8, 0, tzinfo=HOSPITAL_ZONE),
        )
    ],
    "首页公告（最多 3 条）",
    "Notices on the first page (at most 3)",
    "docs/rules.md, protection",
)
KNOBS = (HOSPITAL, DESIGN, NOTICES)
