"""What is ordered in a consultation: bills with their items, prices, national codes and insurance classes.

Prices, codes and self-pay ratios are believable samples, never a price list.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Item(NamedTuple):
    """One thing that can be charged. ``price`` in fen; ``category`` is the national code of the kind of fee."""

    code: str
    name: str
    name_en: str
    category: str
    spec: str
    unit: str
    price: int
    med_list_code: str
    insurance: str
    ratio: str


def _drug(code: str, name: str, name_en: str, spec: str, price: int, national: str, insurance: str, ratio: str) -> Item:
    return Item(code, name, name_en, "09", spec, "盒", price, national, insurance, ratio)


def _test(code: str, name: str, name_en: str, price: int, category: str, national: str, ratio: str = "0") -> Item:
    return Item(code, name, name_en, category, "", "次", price, national, "A" if ratio == "0" else "B", ratio)


_ITEMS = (
    _drug("Y0101", "瑞舒伐他汀钙片", "Rosuvastatin tablets", "10mg×28片", 3990, "XC10AAR069A001010100483", "B", "0.05"),
    _drug(
        "Y0102", "阿司匹林肠溶片", "Aspirin enteric tablets", "100mg×30片", 1440, "XB01ACA056A012010100123", "A", "0"
    ),
    _drug("Y0103", "苯磺酸氨氯地平片", "Amlodipine tablets", "5mg×28片", 3000, "XC08CAA117A001010100361", "A", "0"),
    _drug("Y0104", "盐酸二甲双胍缓释片", "Metformin tablets", "0.5g×60片", 2680, "XA10BAE046A010010100229", "A", "0"),
    _drug("Y0105", "布洛芬缓释胶囊", "Ibuprofen capsules", "0.3g×20粒", 1850, "XM01AEB160E003010100417", "A", "0"),
    _drug("Y0106", "氯雷他定片", "Loratadine tablets", "10mg×12片", 2260, "XR06AXL157A001010100088", "A", "0"),
    _drug("Y0107", "糠酸莫米松乳膏", "Mometasone cream", "10g", 3150, "XD07ACM103F001010100512", "B", "0.1"),
    _drug("Y0108", "医用保湿修护霜", "Barrier repair cream", "50g", 9800, "ZZZZZZZZZZZZZZZZZZZ0001", "C", "1"),
    _drug(
        "Y0109",
        "布地奈德吸入混悬液",
        "Budesonide nebuliser suspension",
        "1mg×5支",
        5120,
        "XR03BAB152L021010100367",
        "B",
        "0.1",
    ),
    _drug("Y0110", "阿莫西林颗粒", "Amoxicillin granules", "0.125g×18袋", 1980, "XJ01CAA040N001010100266", "A", "0"),
    Item(
        "Z0101",
        "复方丹参滴丸",
        "Compound Danshen pills",
        "11",
        "27mg×180丸",
        "瓶",
        2980,
        "ZA04CAF0242020100173",
        "A",
        "0",
    ),
    _test("L0101", "血脂六项", "Lipid panel", 7200, "04", "002503030060000-250303006"),
    _test("L0102", "肝功能", "Liver function", 6280, "04", "002503050010000-250305001"),
    _test("L0103", "肌酸激酶", "Creatine kinase", 1800, "04", "002503060020000-250306002"),
    _test("L0104", "血常规（五分类）", "Full blood count", 2000, "04", "002501010150000-250101015"),
    _test("L0105", "C 反应蛋白", "C-reactive protein", 2500, "04", "002504010250000-250401025"),
    _test("L0106", "糖化血红蛋白", "HbA1c", 6000, "04", "002503020030000-250302003"),
    _test("L0107", "过敏原特异性 IgE 检测", "Allergen-specific IgE", 18000, "04", "002504050020000-250405002", "0.2"),
    _test("E0101", "十二导联心电图", "12-lead ECG", 6500, "03", "003107010010000-310701001"),
    _test("E0102", "甲状腺彩色多普勒超声", "Thyroid ultrasound", 11800, "03", "002203010010000-220301001"),
    _test("E0103", "胸部正侧位 X 线摄影", "Chest X-ray, two views", 9600, "03", "002101020020000-210102002"),
    _test("E0104", "膝关节磁共振平扫", "Knee MRI", 48000, "03", "002102000010000-210200001", "0.2"),
    _test("T0101", "雾化吸入治疗", "Nebuliser treatment", 1500, "05", "001203000010000-120300001"),
    _test("T0102", "中频脉冲电治疗", "Medium-frequency electrotherapy", 3500, "05", "003401000090000-340100009"),
    _test("T0103", "红光照射治疗", "Red-light therapy", 4000, "05", "003401000020000-340100002", "0.2"),
)
ITEMS = {item.code: item for item in _ITEMS}

TITLES = {
    "western": ("西药处方", "Prescription"),
    "chinese_patent": ("中成药处方", "Chinese patent medicines"),
    "lab": ("检验", "Laboratory tests"),
    "exam": ("检查", "Examination"),
    "treatment": ("治疗", "Treatment"),
}
PLACES: dict[str, dict[str, str]] = {
    kind: {
        "step": step,
        "title": title,
        "title_en": title_en,
        "place": place,
        "place_en": place_en,
        "note": note,
        "note_en": note_en,
    }
    for kind, step, title, title_en, place, place_en, note, note_en in (
        (
            "western",
            "pharmacy",
            "取药",
            "Pharmacy",
            "门诊楼 1 楼 西药房 5 号窗",
            "Outpatient Building 1/F, Pharmacy, window 5 (西药房 5 号窗)",
            "配好会叫号，当天 17:30 前取。",
            "You are called when it is ready. Collect before 17:30 today.",
        ),
        (
            "chinese_patent",
            "pharmacy",
            "取中成药",
            "Chinese medicines",
            "门诊楼 1 楼 中药房 2 号窗",
            "Outpatient Building 1/F, Chinese pharmacy, window 2 (中药房 2 号窗)",
            "当天 17:30 前取。",
            "Collect before 17:30 today.",
        ),
        (
            "herbal",
            "pharmacy",
            "取草药",
            "Herbal medicines",
            "门诊楼 1 楼 中药房 3 号窗",
            "Outpatient Building 1/F, Chinese pharmacy, window 3 (中药房 3 号窗)",
            "代煎药次日 9:00 后取。",
            "Decoctions are ready after 9:00 the next day.",
        ),
        (
            "lab",
            "lab",
            "抽血",
            "Blood tests",
            "门诊楼 2 楼 检验采血处，任意窗口",
            "Outpatient Building 2/F, blood collection, any window (检验采血处)",
            "请确认是否需要空腹。",
            "Please check whether you must be fasting.",
        ),
        (
            "exam",
            "exam",
            "检查",
            "Examination",
            "门诊楼 3 楼 A 区 检查登记台",
            "Outpatient Building 3/F, Area A, examination desk (检查登记台)",
            "先到登记台取号，穿方便解开的上衣。",
            "Take a number at the desk first. Wear clothes that are easy to open.",
        ),
        (
            "treatment",
            "treatment",
            "治疗",
            "Treatment",
            "门诊楼 2 楼 治疗室",
            "Outpatient Building 2/F, treatment room (治疗室)",
            "带就诊码，到治疗室登记。",
            "Show your card code and register at the treatment room.",
        ),
        (
            "material",
            "other",
            "领取材料",
            "Supplies",
            "门诊楼 1 楼 材料发放处",
            "Outpatient Building 1/F, supplies desk (材料发放处)",
            "凭就诊码领取。",
            "Show your card code.",
        ),
        (
            "other",
            "other",
            "其他项目",
            "Other items",
            "请到原诊室",
            "Please return to your consulting room",
            "凭就诊码办理。",
            "Show your card code.",
        ),
    )
}
_FASTING = (
    "抽血需空腹 8 小时。已吃早餐可以先缴费，3 天内空腹来抽。",
    "Blood tests need 8 hours of fasting. If you have eaten you may pay now and come fasting within 3 days.",
)

Order = tuple[str, bool, tuple[tuple[str, int], ...]]
"""A bill: its kind, whether insurance may settle it, and (item, count) pairs."""


class Template(NamedTuple):
    """What one kind of consultation ends in."""

    diagnosis: tuple[str, str]
    note: tuple[str, str]
    orders: tuple[Order, ...]


CARDIOLOGY = Template(
    ("I25.103", "冠状动脉粥样硬化性心脏病"),
    _FASTING,
    (
        ("western", True, (("Y0101", 2), ("Y0102", 2), ("Y0103", 2))),
        ("lab", True, (("L0101", 1), ("L0102", 1), ("L0103", 1))),
        ("exam", True, (("E0101", 1),)),
    ),
)
THYROID = Template(("E04.101", "甲状腺结节"), ("", ""), (("exam", True, (("E0102", 1),)),))
DERMATOLOGY = Template(
    ("L20.900", "特应性皮炎"),
    ("", ""),
    (
        ("western", True, (("Y0106", 2), ("Y0107", 1))),
        # The hospital splits what no insurance pays for into a bill of its own.
        ("western", False, (("Y0108", 1),)),
        ("lab", True, (("L0107", 1),)),
    ),
)
RESPIRATORY = Template(
    ("J20.900", "急性支气管炎"),
    ("", ""),
    (
        ("western", True, (("Y0109", 1), ("Y0110", 2))),
        ("lab", True, (("L0104", 1), ("L0105", 1))),
        ("exam", True, (("E0103", 1),)),
        ("treatment", True, (("T0101", 3),)),
    ),
)
ENDOCRINE = Template(
    ("E11.900", "2 型糖尿病"),
    _FASTING,
    (("western", True, (("Y0104", 2),)), ("lab", True, (("L0106", 1), ("L0101", 1)))),
)
JOINTS = Template(
    ("M17.900", "膝骨关节炎"),
    ("", ""),
    (("western", True, (("Y0105", 2),)), ("exam", True, (("E0104", 1),)), ("treatment", True, (("T0102", 5),))),
)
CHINESE = Template(
    ("I20.900", "心绞痛"), ("", ""), (("chinese_patent", True, (("Z0101", 3),)), ("treatment", False, (("T0103", 2),)))
)
_ANY = (RESPIRATORY, DERMATOLOGY, JOINTS, ENDOCRINE, CHINESE, CARDIOLOGY)
_BY_DEPARTMENT = {"D0301": CARDIOLOGY, "D0302": ENDOCRINE, "D0303": RESPIRATORY, "D0601": RESPIRATORY}


def template_for(department_code: str) -> Template:
    """What a consultation in this department ends in; the same one every time."""
    return _BY_DEPARTMENT.get(department_code) or _ANY[sum(map(ord, department_code)) % len(_ANY)]


def bill(order: Order) -> dict[str, Any]:
    """One bill of an order: kind, titles, summary, lines and their sum (fen)."""
    kind, insurance, wanted = order
    title, title_en = TITLES[kind]
    items = [ITEMS[code] for code, _ in wanted]
    drugs = kind in ("western", "chinese_patent")
    lines = [
        {
            "line_no": f"{number:02d}",
            "code": item.code,
            "name": item.name,
            "name_en": item.name_en,
            "category": item.category,
            "spec": item.spec,
            "unit": item.unit,
            "quantity": str(count),
            "price": f"{item.price / 100:.2f}",
            "amount_fen": item.price * count,
            "med_list_code": item.med_list_code,
            "insurance_class": item.insurance,
            "self_pay_ratio": item.ratio,
        }
        for number, (item, count) in enumerate(zip(items, (count for _, count in wanted), strict=True), start=1)
    ]
    several = drugs and len(items) > 1
    return {
        "kind": kind,
        "title": title if insurance else f"自费{title}",
        "title_en": title_en if insurance else f"{title_en} (not insured)",
        "summary": f"{items[0].name}等 {len(items)} 种" if several else "、".join(item.name for item in items),
        "summary_en": f"{items[0].name_en} and {len(items) - 1} more"
        if several
        else ", ".join(item.name_en for item in items),
        "insurance": insurance,
        "line_count": len(lines),
        "amount_fen": sum(item.price * count for item, (_, count) in zip(items, wanted, strict=True)),
        "lines": lines,
    }
