import type { Order } from '@/api/types'
import type { Texts } from '@/i18n'
import type { IconName } from '@/theme/icons'

export interface OrderFace { title: string; tone: 'ok' | 'warn' | 'err' | 'info'; icon: IconName }

/** Verdict on an order, in one line. */
export function orderFace(state: Order['state'], t: Texts): OrderFace {
  const words = t.pay.result
  switch (state) {
    case 'paid': return { title: words.paid, tone: 'ok', icon: 'check' }
    case 'refunded': return { title: words.refunded, tone: 'ok', icon: 'check' }
    case 'partly_refunded': return { title: words.partly, tone: 'info', icon: 'card' }
    case 'refunding': return { title: words.refunding, tone: 'info', icon: 'clock' }
    case 'paying': case 'closing': return { title: words.paying, tone: 'warn', icon: 'clock' }
    case 'closed': return { title: words.closed, tone: 'info', icon: 'info' }
    default: return { title: words.unpaid, tone: 'warn', icon: 'card' }
  }
}
