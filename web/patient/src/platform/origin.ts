import type { Channel } from '@/api/types'

/** Origin calls go to: the page's own for H5, the configured one for a mini program. */
export function apiOrigin(): string {
  // #ifdef H5
  return ''
  // #endif
  // #ifndef H5
  return import.meta.env.VITE_API_ORIGIN ?? ''
  // #endif
}

/** The first segment of an H5 address names the channel: /w/ is the WeChat account, /l/ the Alipay life account. */
export function channelOfPath(path: string): Channel {
  return path.startsWith('/l/') ? 'alipay_life' : 'wechat_oa'
}

export function currentChannel(): Channel {
  // #ifdef H5
  // Unit tests have no window.
  return channelOfPath(typeof window === 'undefined' ? '/w/' : window.location.pathname)
  // #endif
  // #ifdef MP-ALIPAY
  return 'alipay_mini'
  // #endif
  // #ifdef MP-WEIXIN
  return 'wechat_mini'
  // #endif
}

/** Host of the page that is open, for the patient to compare; empty in a mini program, which has no address. */
export function shownAddress(): string {
  // #ifdef H5
  return window.location.host
  // #endif
  // #ifndef H5
  return ''
  // #endif
}
