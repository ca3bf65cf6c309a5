import { computed, onUnmounted, ref, shallowRef } from 'vue'

import { getAppointment } from '@/api/booking'
import { getDeposit } from '@/api/deposits'
import { getCheckout } from '@/api/fees'
import { isProblem } from '@/api/problem'
import { checkOrder, getOrder } from '@/api/payments'
import type { Order } from '@/api/types'
import { useSession } from '@/stores/session'
import { GIVE_UP_AFTER, LOOK_EVERY, shouldAsk, verdict, type Subject, type Verdict } from './polling'

/** How to read what an order is for. */
const SUBJECTS: Record<string, (id: string) => Promise<Subject>> = { appointment: getAppointment, checkout: getCheckout, deposit: getDeposit }

/** Follow an order until the server knows how it ended, for 60 seconds at most; then the user may ask again. */
export function useSettlement(settled: (result: Verdict, subject: Order['subject']) => void) {
  const session = useSession()
  const order = shallowRef<Order | null>(null)
  const subject = shallowRef<Subject | null>(null)
  const waited = ref(0)
  const asking = ref(false)
  const askedAt = ref<number | null>(null)
  const slow = computed(() => waited.value >= GIVE_UP_AFTER)
  let orderId = ''
  let started = 0
  let lastAsked: number | null = null
  let ended = false
  let looking = false
  let ticker: ReturnType<typeof setInterval> | undefined
  let looker: ReturnType<typeof setInterval> | undefined

  async function look(ask: boolean): Promise<void> {
    if (looking || ended) return
    looking = true
    try {
      order.value = ask ? await checkOrder(orderId) : await getOrder(orderId)
      if (ask) askedAt.value = session.now()
      subject.value = (await SUBJECTS[order.value.subject.kind]?.(order.value.subject.id)) ?? null
      const result = verdict(order.value, subject.value)
      // "Unpaid" right after the cashier closed may only mean that the notice is on its way: believe it after 10 s.
      const sure = result === 'settled' || (result === 'unpaid' && waited.value > 10_000)
      if (sure && subject.value && !ended) {
        ended = true
        stop()
        settled(result, order.value.subject)
      }
    } catch (error) {
      // No answer to one look is nothing new: the next look asks again, and after 60 s the page says so.
      if (!isProblem(error)) throw error
    } finally {
      looking = false
    }
  }

  function stop() {
    if (ticker) clearInterval(ticker)
    if (looker) clearInterval(looker)
  }

  function start(id: string) {
    orderId = id
    started = Date.now()
    const step = () => {
      waited.value = Date.now() - started
      if (slow.value) {
        stop()
        return
      }
      const ask = shouldAsk(waited.value, lastAsked)
      if (ask) lastAsked = waited.value
      void look(ask)
    }
    step()
    looker = setInterval(step, LOOK_EVERY)
    ticker = setInterval(() => { waited.value = Date.now() - started }, 1000)
  }

  async function askAgain(): Promise<void> {
    asking.value = true
    await look(true)
    asking.value = false
  }

  onUnmounted(() => {
    ended = true
    stop()
  })
  return { order, waited, slow, asking, askedAt, start, askAgain }
}
