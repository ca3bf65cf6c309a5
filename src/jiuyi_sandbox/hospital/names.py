# ruff: noqa: E501 - tables of names and texts
"""Chinese names with their pinyin. Characters with one common reading only, so that pinyin is never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

_SURNAMES = (
    "陈chen 李li 黄huang 张zhang 林lin 王wang 刘liu 梁liang 吴wu 何he 罗luo 郑zheng 谢xie 杨yang 周zhou 邓deng 冯feng "
    "许xu 郭guo 徐xu 彭peng 苏su 钟zhong 叶ye 卢lu 蔡cai 潘pan 赵zhao 朱zhu 胡hu 高gao 孙sun 马ma 江jiang 余yu 杜du "
    "戴dai 范fan 方fang 石shi 姚yao 谭tan 廖liao 邹zou 熊xiong 陆lu 白bai 崔cui 康kang 毛mao 邱qiu 秦qin 顾gu 侯hou "
    "邵shao 孟meng 龙long 万wan 段duan 钱qian 汤tang 尹yin 易yi 常chang 武wu 乔qiao 赖lai 龚gong 庞pang 樊fan 殷yin "
    "施shi 洪hong 颜yan 倪ni 严yan 牛niu 温wen 季ji 俞yu 章zhang 鲁lu 葛ge 毕bi 聂nie 焦jiao 向xiang 柳liu 邢xing 欧ou"
)
_CHARACTERS = (
    "志zhi 远yuan 国guo 栋dong 朝chao 阳yang 建jian 明ming 伟wei 强qiang 军jun 浩hao 宇yu 轩xuan 文wen 俊jun 杰jie 峰feng "
    "振zhen 华hua 嘉jia 诚cheng 永yong 健jian 德de 坚jian 启qi 航hang 思si 源yuan 锦jin 辉hui 少shao 鹏peng 泽ze 楷kai "
    "绍shao 铭ming 卓zhuo 然ran 致zhi 和he 景jing 维wei 炳bing 昌chang 耀yao 森sen 立li 平ping 世shi 宏hong 晓xiao 东dong "
    "家jia 恒heng 树shu 敬jing 业ye 凯kai 旋xuan 博bo 瀚han 承cheng 毅yi 子zi 谦qian 天tian 佑you 静jing 敏min 丽li 慧hui "
    "芳fang 婉wan 清qing 雅ya 琪qi 怡yi 颖ying 雯wen 淑shu 贞zhen 玉yu 兰lan 美mei 玲ling 佩pei 珊shan 咏yong 诗shi 梓zi "
    "涵han 若ruo 彤tong 惠hui 仪yi 素su 芬fen 雪xue 莹ying 海hai 燕yan 秋qiu 月yue 丹dan 青qing 紫zi 薇wei 洁jie 瑜yu "
    "巧qiao 云yun 宝bao 珠zhu 倩qian 妍yan 欣xin 蓓bei 蕾lei 碧bi 霞xia 凤feng 娟juan 如ru 宜yi 安an 琳lin 晴qing 岚lan "
    "新xin 民min 勇yong 斌bin 超chao 磊lei 亮liang 刚gang 涛tao 波bo 鑫xin 豪hao 一yi 诺nuo 梦meng 可ke 心xin 佳jia 春chun "
    "桂gui 英ying 秀xiu 珍zhen 红hong 梅mei 金jin 福fu 根gen 水shui 生sheng 荣rong 贵gui 松song 柏bo 学xue 庆qing 光guang "
    "正zheng 义yi 仁ren 信xin 达da 勤qin 奕yi 辰chen 睿rui 哲zhe 皓hao 晨chen 昊hao 淼miao 悦yue 萱xuan 语yu 桐tong 芷zhi "
    "妙miao 灵ling 竹zhu 翠cui 爱ai 飞fei 群qun 婷ting 君jun 雨yu 意yi 芝zhi 萍ping 林lin 莲lian 菊ju 少shao 琼qiong 瑶yao 璇xuan 栩xu"
)
_MALE = (
    "志远 志强 志明 志豪 志伟 志诚 国栋 国华 国强 国平 国辉 建明 建国 建华 建军 建新 伟明 伟强 伟文 伟杰 文杰 文博 文斌 文涛 文辉 "
    "俊杰 俊峰 俊辉 俊宇 俊豪 浩然 浩宇 浩明 宇轩 宇航 宇恒 明远 明辉 明哲 明德 振华 振宇 振东 振国 嘉诚 嘉俊 嘉豪 嘉明 永健 永强 永明 "
    "永华 德明 德华 德坚 启明 启航 启文 思远 思源 思哲 锦辉 锦华 锦荣 少华 少峰 少辉 鹏飞 泽宇 泽楷 泽民 绍华 绍文 铭轩 铭杰 卓然 卓文 "
    "致和 致远 景明 景华 维新 维明 炳华 炳坚 昌明 耀华 耀东 耀文 立新 立平 立群 世杰 世昌 世华 宏伟 宏辉 晓东 晓明 晓峰 东明 家明 家俊 家恒 "
    "家辉 树林 树华 树民 敬业 敬文 凯旋 凯文 博文 博涵 承志 承宇 子谦 子轩 子豪 天佑 天明 新民 学文 学勤 庆华 庆国 光明 光辉 正义 正阳 仁杰 "
    "达文 奕辰 睿哲 皓轩 晨宇 柏林 福生 金水 水根 荣贵 春生 桂荣 强 军 勇 斌 超 磊 亮 刚 涛 波 鑫 毅 健 辉 平 峰"
)
_FEMALE = (
    "文静 文慧 文婷 敏仪 敏华 丽华 丽芳 丽珍 丽君 慧敏 慧玲 慧琳 慧怡 婉清 婉仪 婉君 雅琪 雅文 雅静 嘉怡 嘉欣 嘉仪 嘉敏 思颖 思琪 思雨 晓雯 "
    "晓燕 晓红 晓岚 晓彤 淑贞 淑芬 淑仪 淑华 玉兰 玉珍 玉清 玉莲 美玲 美华 美珍 美娟 佩珊 佩玲 佩仪 咏诗 咏欣 诗雅 诗琪 梓涵 梓晴 梓欣 若彤 若兰 "
    "若琳 惠仪 惠玲 惠芳 素芬 素珍 素云 雪莹 雪梅 雪玲 海燕 海云 海珊 秋月 秋兰 秋霞 丹青 丹丹 紫薇 紫琪 洁仪 洁莹 洁瑜 瑜琳 巧云 巧玲 宝珠 宝仪 "
    "倩文 倩仪 妍欣 欣怡 欣然 欣妍 蓓蕾 碧霞 碧云 碧珊 凤英 凤仪 凤娟 静宜 静怡 静雯 如意 安琪 安然 琳琳 晴岚 一诺 梦琪 可欣 可心 佳怡 佳琪 佳颖 "
    "春梅 春兰 春燕 桂英 桂芳 桂兰 秀英 秀珍 秀兰 红梅 红英 金凤 语桐 芷晴 芷若 妙玲 灵芝 翠玲 翠英 爱华 爱珍 爱莲 菊英 琼瑶 瑶瑶 悦心 敏 丽 "
    "静 芳 燕 娟 玲 莹 颖 琳 洁 萍 霞 瑜"
)


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(word[0], word[1:]) for word in text.split()]


SURNAMES, MALE, FEMALE = _pairs(_SURNAMES), _MALE.split(), _FEMALE.split()
SYLLABLES = dict(SURNAMES + _pairs(_CHARACTERS))
_COMMON = 36
"""The first surnames are the common ones of Guangdong and get two thirds of the people."""


class Name:
    """A name and how it is written in Latin letters."""

    def __init__(self, text: str, syllables: list[str]) -> None:
        self.text = text
        self.english = f"{syllables[0].title()} {''.join(syllables[1:]).title()}".strip()
        self.pinyin = "".join(syllables)
        self.initials = "".join(s[0] for s in syllables)


def spelled(text: str) -> Name:
    """The name object of a text made of known characters; raises KeyError for an unknown one."""
    return Name(text, [SYLLABLES[c] for c in text])


def draw(random: Random, sex: str) -> Name:
    """A name drawn at random for ``male`` or ``female``."""
    pool = SURNAMES[:_COMMON] if random.random() < 2 / 3 else SURNAMES
    surname = random.choice(pool)
    given = random.choice(MALE if sex == "male" else FEMALE)
    return Name(surname[0] + given, [surname[1], *(SYLLABLES[c] for c in given)])
