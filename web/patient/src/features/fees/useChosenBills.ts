import { computed, ref } from 'vue'

import { randomId } from '@/api/client'
import { createCheckout } from '@/api/fees'
import { isProblem } from '@/api/problem'
import type { Checkout } from '@/api/types'
import { useText } from '@/i18n'
import { describeProblem } from '@/ui/problem-text'

/** Some bills of a visit that is being paid, chosen anew: what was chosen before and not paid ends by itself. */
export function useChosenBills() {
  const { t } = useText()
  const busy = ref(false)
  const notice = ref<{ title: string; detail: string } | null>(null)
  const notices = computed(() => (notice.value ? [{ code: 'bills', ...notice.value }] : []))
  let key = randomId()

  async function choose(of: Checkout, bills: string[]): Promise<Checkout | null> {
    if (busy.value) return null
    busy.value = true
    notice.value = null
    try {
      const made = await createCheckout({ patient_id: of.patient_id, visit_no: of.visit_no, bill_nos: bills }, key)
      key = randomId()
      return made
    } catch (error) {
      if (!isProblem(error)) throw error
      notice.value = describeProblem(error, t.value)
      if (!error.unanswered) key = randomId()
      return null
    } finally {
      busy.value = false
    }
  }
  return { busy, notices, choose }
}
