import { describe, expect, it } from 'vitest'

import { channelOfPath } from './origin'
import { signInAddress } from './signin'

describe('sign-in address', () => {
  it('comes back to the same page, hash included', () => {
    expect(signInAddress('/w/', '#/pages/booking/confirm?slot=1')).toBe('/w/sign-in?to=%2Fw%2F%23%2Fpages%2Fbooking%2Fconfirm%3Fslot%3D1')
  })
  it('keeps the channel', () => {
    expect(signInAddress('/l/', '#/')).toMatch(/^\/l\/sign-in/)
    expect(channelOfPath('/w/index.html')).toBe('wechat_oa')
  })
})
