import { computed, ref } from 'vue'

import { get, post } from '@/api/client'
import { isProblem, type ApiProblem } from '@/api/problem'
import type { Code, Joining, JoiningOffer } from '@/api/types'
import { plainNumber } from '@/features/patients/documents'
import { useCurrentPatient } from '@/stores/patient'
import { useSession } from '@/stores/session'
import { goFresh } from '@/ui/go'

const CONSENT = 'account_joining@1'

/** Joining two accounts: a code to the phone, a document of the other one's patient, the consent. */
export function useJoining() {
  const session = useSession()
  const store = useCurrentPatient()
  const phone = ref('')
  const code = ref('')
  const document = ref('')
  const sent = ref<Code | null>(null)
  const joining = ref('')
  const offer = ref<JoiningOffer | null>(null)
  const agreed = ref(false)
  const busy = ref(false)
  const problem = ref<ApiProblem | null>(null)
  const step = computed(() => (offer.value ? 3 : joining.value ? 2 : 1))
  const path = computed(() => `/account/joinings/${joining.value}`)

  async function attempt(act: () => Promise<void>) {
    if (busy.value) return
    busy.value = true
    problem.value = null
    try {
      await act()
    } catch (error) {
      if (!isProblem(error)) throw error
      problem.value = error
    } finally {
      busy.value = false
    }
  }

  const send = () => attempt(async () => { sent.value = await post<Code>('/account/joinings/code', { phone: plainNumber(phone.value) }) })
  const prove = () => attempt(async () => {
    joining.value = (await post<Joining>('/account/joinings', { code_id: sent.value?.code_id, code: code.value })).id
  })
  const find = () => attempt(async () => { offer.value = await post<JoiningOffer>(`${path.value}/document`, { document_number: document.value.trim() }) })
  const show = (id: string) => attempt(async () => {
    joining.value = id
    offer.value = await get<JoiningOffer>(path.value)
  })
  /** The session ends with the joining: the next page signs in anew, as the joined account. */
  const agree = () => attempt(async () => {
    await post(`${path.value}/consent`, { consent: CONSENT })
    session.forget()
    store.$reset()
    session.$reset()
    goFresh('/pages/me/identities', { joined: 1 })
  })

  function retype(value: string) {
    phone.value = value
    sent.value = null
    code.value = ''
  }

  function restart() {
    retype('')
    document.value = ''
    joining.value = ''
    offer.value = null
    agreed.value = false
    problem.value = null
  }

  return { phone, code, document, sent, joining, offer, agreed, busy, problem, step, send, prove, find, show, agree, retype, restart }
}

export { CONSENT }
