"""Jiuyi (就医): a hospital's online services inside WeChat and Alipay.

Layers, upper may import lower (checked by import-linter):
``app`` > ``adapters`` > ``domains`` | ``wire`` > ``kit``.
"""

import os

# Names come with their reading from the HIS: pypinyin's phrase dictionary (47 MB in each process) is not needed.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "true")

__version__ = "0.1.0"
