"""Alipay: the open platform's gateway, payments, the Life Account and the Mini Program."""
