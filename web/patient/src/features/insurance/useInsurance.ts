import { computed, onUnmounted, ref, shallowRef } from 'vue'

import { beginSettlement, callOff, checkSettlement, getSettlement, giveConsent, payOneself, settle, signPage, useAccount } from '@/api/insurance'
import { randomId } from '@/api/client'
import { isProblem } from '@/api/problem'
import type { Settlement } from '@/api/types'
import { useText } from '@/i18n'
import { leaveFor, openMedicalCashier } from '@/platform/pay'
import { useSession } from '@/stores/session'
import { describeProblem } from '@/ui/problem-text'
import { stageOf } from './split'

const LOOK_EVERY = 2_000
/** An insurance's answer to a change of the account arrives as the same settlement; while it is asked nothing may be tapped. */
type Busy = 'begin' | 'consent' | 'account' | 'settle' | 'cancel' | 'oneself' | null

/** One settlement on the phone: choose, consent, look at the split, confirm, and follow it to its end. */
export function useInsurance() {
  const { t } = useText()
  const session = useSession()
  const settlement = shallowRef<Settlement | null>(null)
  const busy = ref<Busy>(null)
  const notice = ref<{ title: string; detail: string } | null>(null)
  /** How often the server has looked since the cashier was opened. */
  const looks = ref(0)
  const stage = computed(() => (settlement.value ? stageOf(settlement.value.state) : null))
  let key = randomId()
  let looker: ReturnType<typeof setInterval> | undefined

  async function doing<T>(what: Exclude<Busy, null>, act: () => Promise<T>): Promise<T | null> {
    if (busy.value) return null
    busy.value = what
    notice.value = null
    try {
      return await act()
    } catch (error) {
      if (!isProblem(error)) throw error
      notice.value = describeProblem(error, t.value)
      return null
    } finally {
      busy.value = null
    }
  }

  const begin = (orderId: string, insuranceClass: string) => doing('begin', async () => {
    const made = await beginSettlement(orderId, insuranceClass, key)
    key = randomId()
    settlement.value = made
    if (made.authorise_url && !leaveFor(made.authorise_url)) notice.value = { title: t.value.insurance.noCashier, detail: '' }
    return made
  })
  const read = (id: string) => doing('consent', async () => { settlement.value = await getSettlement(id) })
  const consent = (code: string) => doing('consent', async () => {
    if (settlement.value) settlement.value = await giveConsent(settlement.value.id, code)
  })
  const account = (use: boolean) => doing('account', async () => {
    if (settlement.value) settlement.value = await useAccount(settlement.value.id, use)
  })
  const oneself = () => doing('oneself', async () => {
    if (settlement.value) settlement.value = await payOneself(settlement.value.id)
    return settlement.value
  })

  const cancel = () => doing('cancel', async () => {
    if (settlement.value) settlement.value = await callOff(settlement.value.id)
  })

  const confirm = () => doing('settle', async () => {
    if (!settlement.value) return
    looks.value = 0
    const bootstrap = await session.ready()
    const opened = await settle(settlement.value.id)
    settlement.value = opened.settlement
    if (!opened.invoke) return
    const said = await openMedicalCashier(opened.invoke, bootstrap.sdk.wechat_js_url, signPage)
    if (said === null) notice.value = { title: t.value.insurance.noCashier, detail: '' }
    else if (said === 'cancelled') notice.value = { title: t.value.insurance.cancelled, detail: '' }
    else settlement.value = await checkSettlement(opened.settlement.id, said === 'ok' ? 'ok' : undefined)
  })

  /** Ask every two seconds until the server knows how it ended. */
  function follow(ended: () => void): void {
    stop()
    looker = setInterval(() => {
      void (async () => {
        const present = settlement.value
        if (!present || busy.value) return
        try {
          settlement.value = await checkSettlement(present.id)
          looks.value += 1
        } catch (error) {
          if (!isProblem(error)) throw error // no answer to one look is nothing new: the next look asks again
        }
        if (stage.value !== 'checking') { stop(); ended() }
      })()
    }, LOOK_EVERY)
  }

  function stop(): void {
    if (looker) clearInterval(looker)
    looker = undefined
  }
  onUnmounted(stop)
  return { settlement, stage, busy, notice, looks, begin, read, consent, account, oneself, cancel, confirm, follow, stop }
}
