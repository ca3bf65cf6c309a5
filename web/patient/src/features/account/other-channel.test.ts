import { describe, expect, it } from 'vitest'

import { missingChannel, otherChannel } from './other-channel'

describe('where somebody registered before', () => {
  it('is the other house', () => {
    expect(otherChannel('wechat_oa')).toBe('alipay_life')
    expect(otherChannel('wechat_mini')).toBe('alipay_life')
    expect(otherChannel('alipay_mini')).toBe('wechat_oa')
    expect(otherChannel(undefined)).toBe('wechat_oa')
  })
})

describe('what may still be joined', () => {
  it('is asked for until every channel is there', () => {
    expect(missingChannel(['wechat_oa'])).toBe('alipay_life')
    expect(missingChannel(['alipay_mini'])).toBe('wechat_oa')
    expect(missingChannel(['wechat_oa', 'alipay_life'])).toBe('alipay_mini')
    expect(missingChannel(['wechat_oa', 'alipay_life', 'alipay_mini'])).toBeNull()
  })
})
