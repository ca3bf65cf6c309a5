import type { Channel } from '@/api/types'

/** Where a person who is here most likely registered before: in the other house's app. */
export function otherChannel(here: Channel | undefined): Channel {
  return here?.startsWith('wechat') ? 'alipay_life' : 'wechat_oa'
}

/** A channel of the hospital's that the account has no way in from yet, the other house's first; null when it has all. */
export function missingChannel(known: Channel[]): Channel | null {
  const first = otherChannel(known[0])
  const all: Channel[] = [first, 'wechat_oa', 'alipay_life', 'alipay_mini']
  return all.find((one) => !known.includes(one)) ?? null
}
