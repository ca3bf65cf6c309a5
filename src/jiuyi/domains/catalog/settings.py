from jiuyi.kit.knobs import Knob

REFRESH_MINUTES = Knob(
    "catalog.refresh_minutes",
    int,
    10,
    "科室医生目录的更新间隔（分钟）",
    "Minutes between refreshes of departments and doctors",
    "docs/contracts/his.md §2.1",
    low=1,
    high=1440,
)
MOST_VANISHING_PERCENT = Knob(
    "catalog.most_vanishing_percent",
    int,
    50,
    "一次更新最多允许停用的科室或医生比例（%），超过则保留旧目录并告警",
    "Largest share of departments or doctors (%) that one refresh may retire; beyond it the old tree is kept",
    "own rule: an empty or broken answer of the HIS must not empty the catalog",
    low=1,
    high=100,
)
FAVOURITES_MAX = Knob(
    "catalog.favourites_max",
    int,
    100,
    "每个账号最多关注的医生数",
    "Most doctors that one account may follow",
    "own rule: keeps the list readable",
    low=1,
    high=1000,
)
KNOBS = (REFRESH_MINUTES, MOST_VANISHING_PERCENT, FAVOURITES_MAX)
