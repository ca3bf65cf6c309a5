import { computed, ref, type ComputedRef, type Ref } from 'vue'

import { isProblem, type ApiProblem } from '@/api/problem'
import type { Patient } from '@/api/types'
import { useCurrentPatient } from '@/stores/patient'
import { useSession } from '@/stores/session'

/**
 * The patient a page is about: reads the list, keeps the choice, says when there is none or when it cannot be read.
 * While the one who is wanted or was chosen is still to be read, there is nobody: nobody else is asked about meanwhile.
 */
export function useChosenPatient(): {
  patient: ComputedRef<Patient | null>
  none: ComputedRef<boolean>
  problem: Ref<ApiProblem | null>
  busy: Ref<boolean>
  load: (wanted?: string) => Promise<boolean>
} {
  const session = useSession()
  const store = useCurrentPatient()
  const problem = ref<ApiProblem | null>(null)
  const busy = ref(false)
  const seeking = ref(false)

  async function load(wanted?: string): Promise<boolean> {
    const sought = wanted || store.chosenId
    seeking.value = Boolean(sought) && store.current?.id !== sought
    busy.value = true
    try {
      if (!(await session.requireMe())) return false
      const patients = await store.load()
      if (wanted && patients.some((one) => one.id === wanted)) store.choose(wanted)
      problem.value = null
      return patients.length > 0
    } catch (error) {
      if (!isProblem(error)) throw error
      problem.value = error
      return false
    } finally {
      busy.value = false
      seeking.value = false
    }
  }
  return {
    patient: computed(() => (seeking.value ? null : store.current)),
    none: computed(() => store.patients !== null && store.patients.length === 0),
    problem, busy, load,
  }
}
