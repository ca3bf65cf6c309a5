"""Run-time settings of patients."""

from jiuyi.kit.knobs import Knob

DEPENDANTS_MAX = Knob(
    "patients.dependants_max",
    int,
    5,
    "每个账号除本人外最多绑定的就诊人数",
    "Patients that an account may hold besides oneself",
    "docs/rules.md, booking",
    1,
    20,
)
ADDS_PER_30_DAYS = Knob(
    "patients.adds_per_30_days",
    int,
    2,
    "30 天内最多新增的就诊人数（本人，以及医院档案上手机号与本人相同的家人除外）",
    "Dependants that may be added within 30 days (not family whom the hospital has under one's own phone)",
    "docs/rules.md, booking",
    1,
    20,
)
ACCOUNTS_PER_PHONE = Knob(
    "patients.accounts_per_phone",
    int,
    3,
    "同一手机号最多为几个账号核验就诊人",
    "Accounts that one phone may verify patients for",
    "docs/rules.md, booking",
    1,
    20,
)
WRONG_PROOFS_PER_DAY = Knob(
    "patients.wrong_proofs_per_day",
    int,
    5,
    "同一证件同一核验方式每天最多错误次数",
    "Wrong proofs for one document and way in a day",
    "docs/rules.md, protection",
    1,
    20,
)
LOOKUPS_PER_ACCOUNT_DAY = Knob(
    "patients.lookups_per_account_day",
    int,
    12,
    "每个账号每天最多查询档案次数",
    "File look-ups of one account in a day",
    "docs/rules.md, protection: binding a stranger",
    2,
    200,
)
LOOKUPS_PER_DOCUMENT_DAY = Knob(
    "patients.lookups_per_document_day",
    int,
    20,
    "同一证件每天最多被查询次数",
    "File look-ups for one document in a day",
    "docs/rules.md, protection: binding a stranger",
    2,
    200,
)
LOOKUPS_PER_IP_DAY = Knob(
    "patients.lookups_per_ip_day",
    int,
    300,
    "同一网络每天最多查询档案次数",
    "File look-ups from one address in a day",
    "docs/rules.md, protection; carriers put many phones behind one address",
    10,
    100000,
)
VERIFICATION_MINUTES = Knob(
    "patients.verification_minutes",
    int,
    30,
    "一次绑定核验的有效时间（分钟）",
    "Minutes in which a verification must be proved",
    "docs/contracts/his.md §2.3: life of a counter code",
    5,
    120,
)
COOLING_HOURS = Knob(
    "patients.cooling_hours",
    int,
    72,
    "用短信绑定已有档案后多少小时内不能看报告",
    "Hours before reports open after binding an existing file by SMS",
    "docs/rules.md, protection: 72 h cooling",
    0,
    720,
)
REQUIRE_CONSENT = Knob(
    "patients.require_consent",
    bool,
    default=False,
    zh="本人已在使用时，他人绑定需本人确认后生效",
    en="A binding by others takes effect only after the patient, who is here too, confirms it",
    source="docs/rules.md, protection: binding a stranger",
)
KNOBS = (
    DEPENDANTS_MAX,
    ADDS_PER_30_DAYS,
    ACCOUNTS_PER_PHONE,
    WRONG_PROOFS_PER_DAY,
    LOOKUPS_PER_ACCOUNT_DAY,
    LOOKUPS_PER_DOCUMENT_DAY,
    LOOKUPS_PER_IP_DAY,
    VERIFICATION_MINUTES,
    COOLING_HOURS,
    REQUIRE_CONSENT,
)
