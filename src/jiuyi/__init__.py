"""Jiuyi (就医): a hospital's online services inside WeChat and Alipay.

Layers, upper may import lower (checked by import-linter):
``app`` > ``adapters`` > ``domains`` | ``wire`` > ``kit``.
"""

__version__ = "0.1.0"
