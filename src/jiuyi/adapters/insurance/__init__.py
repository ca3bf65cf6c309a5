"""The national medical-insurance mobile payment centre (国家医保移动支付中心), interface of hospitals."""
