import { computed, reactive, ref } from 'vue'

import { randomId } from '@/api/client'
import { createCheckout, listFees } from '@/api/fees'
import { isProblem } from '@/api/problem'
import { useResource } from '@/api/useResource'
import { useText } from '@/i18n'
import { goTo } from '@/ui/go'
import { describeProblem } from '@/ui/problem-text'
import { chosenSum, firstChoice, payableBills, toggled, type Choice } from './choice'

/** What a patient has to pay, which bills are chosen, and the way to pay them. */
export function useOpenFees(patientId: () => string | undefined) {
  const { t } = useText()
  const list = useResource(() => listFees(patientId() ?? ''))
  const choice = ref<Choice | null>(null)
  const busy = ref(false)
  const notice = ref<{ title: string; detail: string } | null>(null)
  const sum = computed(() => (list.data.value ? chosenSum(list.data.value, choice.value) : 0))
  const count = computed(() => (list.data.value?.visits ?? []).reduce((all, visit) => all + payableBills(visit).length, 0))
  const firstPayable = computed(() => list.data.value?.visits.find((visit) => visit.payable)?.visit_no)
  let key = randomId()

  async function load() {
    const fresh = await list.load()
    if (fresh) choice.value = firstChoice(fresh)
  }
  function forget() {
    list.data.value = null
    choice.value = null
    notice.value = null
  }
  function toggle(visitNo: string, billNo: string) {
    choice.value = toggled(choice.value, visitNo, billNo)
    key = randomId()
  }
  async function settle() {
    const patient = patientId()
    if (!choice.value || !patient || busy.value) return
    busy.value = true
    notice.value = null
    try {
      const made = await createCheckout({ patient_id: patient, visit_no: choice.value.visitNo, bill_nos: choice.value.bills }, key)
      key = randomId()
      goTo('/pages/fees/checkout', { id: made.id })
    } catch (error) {
      if (!isProblem(error)) throw error
      notice.value = describeProblem(error, t.value)
      if (!error.unanswered) key = randomId()
      // What was chosen is not as it was: show how it is.
      if (error.status === 409) await load()
    } finally {
      busy.value = false
    }
  }
  return reactive({ fees: list.data, error: list.error, loading: list.loading, skeleton: list.skeleton, choice, busy, notice, sum, count, firstPayable, load, forget, toggle, settle })
}

export type OpenFeesFlow = ReturnType<typeof useOpenFees>
