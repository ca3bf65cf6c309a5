import { computed, ref } from 'vue'

import { chooseWay, readWay } from '@/api/insurance'
import { isProblem } from '@/api/problem'
import { useResource } from '@/api/useResource'
import { useText } from '@/i18n'
import { describeProblem } from '@/ui/problem-text'
import { ONESELF } from './classes'

/** With what a patient's registrations are paid: chosen before the place is held, kept on the server for the paying. */
export function useWay(patientId: () => string) {
  const { t } = useText()
  const way = useResource(() => readWay(patientId()))
  const wished = ref<string | null>(null)
  const notice = ref<{ code: string; title: string; detail: string } | null>(null)
  const chosen = computed(() => wished.value ?? way.data.value?.chosen ?? ONESELF)
  const insured = computed(() => way.data.value?.classes.find((one) => one.code === chosen.value) ?? null)

  async function load() {
    wished.value = null
    notice.value = null
    await way.load()
  }
  async function choose(code: string) {
    const before = wished.value
    wished.value = code
    notice.value = null
    try {
      await chooseWay(patientId(), code === ONESELF ? null : code)
    } catch (error) {
      if (!isProblem(error)) throw error
      wished.value = before
      notice.value = { code: 'way', ...describeProblem(error, t.value) }
    }
  }
  return { data: way.data, chosen, insured, notice, load, choose }
}
