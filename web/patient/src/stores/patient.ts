import { defineStore } from 'pinia'

import { get } from '@/api/client'
import type { Items, Patient } from '@/api/types'
import { readStored, writeStored } from '@/platform/storage'
import { useSession } from './session'

const CHOSEN = 'jiuyi.cache.patient'

/** The patient in whose name things are done now. The choice stays on the phone until sign-out. */
export const useCurrentPatient = defineStore('current-patient', {
  state: () => ({
    patients: null as Patient[] | null,
    chosenId: readStored<string>(CHOSEN),
  }),
  getters: {
    current: (state): Patient | null => {
      const all = state.patients ?? []
      return all.find((one) => one.id === state.chosenId) ?? all.find((one) => one.is_default) ?? all[0] ?? useSession().me?.default_patient ?? null
    },
  },
  actions: {
    async load(): Promise<Patient[]> {
      const { items } = await get<Items<Patient>>('/patients')
      this.patients = items
      return items
    },
    choose(id: string) {
      this.chosenId = id
      writeStored(CHOSEN, id)
    },
  },
})
