import { describe, expect, it } from 'vitest'

import { payMethod, readAlipayAnswer, readWechatAnswer } from './pay'

describe('what the phone says about a payment', () => {
  it('reads the answers of WeChat', () => {
    expect(readWechatAnswer('get_brand_wcpay_request:ok')).toBe('ok')
    expect(readWechatAnswer('get_brand_wcpay_request:cancel')).toBe('cancelled')
    expect(readWechatAnswer('get_brand_wcpay_request:fail')).toBe('unknown')
  })
  it('takes the unknown codes of Alipay for unknown', () => {
    expect(readAlipayAnswer('9000')).toBe('ok')
    expect(readAlipayAnswer('6001')).toBe('cancelled')
    expect(readAlipayAnswer('8000')).toBe('unknown')
    expect(readAlipayAnswer('6004')).toBe('unknown')
  })
  it('names the method of each channel', () => {
    expect(payMethod('wechat_oa')).toBe('wechat_jsapi')
    expect(payMethod('alipay_life')).toBe('alipay_h5')
    expect(payMethod('alipay_mini')).toBe('alipay_mini')
  })
})
