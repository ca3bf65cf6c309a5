import { ref } from 'vue'

import { randomId } from '@/api/client'
import { checkOrder, startPayment } from '@/api/payments'
import { isProblem } from '@/api/problem'
import { useText } from '@/i18n'
import { openCashier, payMethod, readyCashier } from '@/platform/pay'
import { useSession } from '@/stores/session'
import { goInstead } from '@/ui/go'
import { describeProblem } from '@/ui/problem-text'

/**
 * Pay an order in the channel's cashier. The phone's answer is a hint: after "done" and "unknown" the page is left for
 * the one that asks the server; after "cancelled" the server is asked too, and the user stays.
 */
export function usePayment() {
  const { t } = useText()
  const session = useSession()
  const busy = ref(false)
  const notice = ref<{ title: string; detail: string } | null>(null)
  let key = randomId()

  async function pay(orderId: string): Promise<void> {
    if (busy.value) return
    busy.value = true
    notice.value = null
    try {
      const bootstrap = await session.ready()
      await readyCashier(bootstrap.channel, bootstrap.sdk)
      const attempt = await startPayment(orderId, payMethod(bootstrap.channel), key)
      const said = attempt.invoke ? await openCashier(attempt.invoke) : 'unknown'
      // Each opening of the cashier is an act of its own; a lost answer to the call above is not.
      key = randomId()
      if (said === null) notice.value = { title: t.value.pay.noCashier, detail: '' }
      else if (said === 'cancelled') {
        notice.value = { title: t.value.pay.cancelled, detail: '' }
        await checkOrder(orderId, 'cancelled')
      } else goInstead('/pages/pay/processing', { order: orderId })
    } catch (error) {
      if (!isProblem(error)) throw error
      notice.value = describeProblem(error, t.value)
      if (!error.unanswered) key = randomId()
    } finally {
      busy.value = false
    }
  }

  return { busy, notice, pay }
}
