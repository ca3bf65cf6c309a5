import { defineStore } from 'pinia'

import { BOOTSTRAP, get, identify, post } from '@/api/client'
import { isProblem } from '@/api/problem'
import type { Bootstrap, Me, Patient } from '@/api/types'
import { currentChannel } from '@/platform/origin'
import { exchangePath, goSignIn, signInCode } from '@/platform/signin'
import { forgetStored, readStored, writeStored } from '@/platform/storage'
import { usePreferences } from './preferences'

const TOKEN = 'jiuyi.token'

/** Bootstrap answer, who is signed in, and the server's clock. */
export const useSession = defineStore('session', {
  state: () => ({
    bootstrap: null as Bootstrap | null,
    failure: null as unknown,
    /** Server time minus the phone's, milliseconds. */
    skew: 0,
    pending: null as Promise<Bootstrap> | null,
    entering: null as Promise<boolean> | null,
  }),
  getters: {
    me: (state): Me | null => state.bootstrap?.me ?? null,
    hospital: (state) => state.bootstrap?.hospital ?? null,
    phone: (state): string => state.bootstrap?.hospital.phone ?? '',
    has: (state) => (feature: string): boolean => state.bootstrap?.features.includes(feature) ?? false,
  },
  actions: {
    /** Connect the HTTP layer to this session. Called once when the app starts. */
    connect() {
      const preferences = usePreferences()
      identify({
        ready: () => this.ready(),
        locale: () => preferences.locale,
        csrfToken: () => this.bootstrap?.csrf_token ?? null,
        bearer: () => readStored<string>(TOKEN),
        onSignedOut: () => this.renew(),
      })
    },
    /** Fetch the bootstrap answer; one call at a time. */
    load(): Promise<Bootstrap> {
      this.pending ??= this.fetch().finally(() => { this.pending = null })
      return this.pending
    },
    async fetch(): Promise<Bootstrap> {
      const asked = Date.now()
      try {
        const bootstrap = await get<Bootstrap>(BOOTSTRAP, { channel: currentChannel() })
        this.bootstrap = bootstrap
        this.failure = null
        this.skew = Date.parse(bootstrap.server_time) - (asked + Date.now()) / 2
        usePreferences().setStyle(bootstrap.home_design.style)
        return bootstrap
      } catch (error) {
        this.failure = error
        throw error
      }
    },
    ready(): Promise<Bootstrap> {
      return this.bootstrap ? Promise.resolve(this.bootstrap) : this.load()
    },
    /** The server's clock now, milliseconds. */
    now(): number {
      return Date.now() + this.skew
    },
    /**
     * False when nobody is signed in and cannot be here: the phone then leaves for the sign-in page and comes back. When
     * that cannot be known (no answer), true: what the page reads next fails in its own place, with a way to try again.
     */
    async requireMe(): Promise<boolean> {
      try {
        const { me } = await this.ready()
        return me !== null || (await this.signIn())
      } catch (error) {
        if (!isProblem(error)) throw error
        return true
      }
    },
    /** Who is signed in, or null; also null when the server gives no answer. */
    async whoAmI(): Promise<Me | null> {
      try {
        return (await this.ready()).me
      } catch (error) {
        if (!isProblem(error)) throw error
        return null
      }
    },
    setDefaultPatient(patient: Patient | null) {
      if (this.bootstrap?.me) this.bootstrap.me.default_patient = patient
    },
    /** True when somebody is signed in after it. Where that takes a page of its own, the phone leaves: false. */
    signIn(): Promise<boolean> {
      if (exchangePath() === null) {
        forgetStored('jiuyi.cache.')
        goSignIn()
        return Promise.resolve(false)
      }
      this.entering ??= this.exchange().finally(() => { this.entering = null })
      return this.entering
    },
    async exchange(): Promise<boolean> {
      const code = await signInCode()
      if (code === null) return false
      const { token } = await post<{ token: string }>(exchangePath() ?? '', { auth_code: code })
      writeStored(TOKEN, token)
      return (await this.load()).me !== null
    },
    /** Nobody is signed in any more: forget what was theirs. */
    forget() {
      forgetStored('jiuyi.cache.')
      writeStored(TOKEN, null)
    },
    /** The server no longer knows this session. True when the same call may be made once more. */
    async renew(): Promise<boolean> {
      this.forget()
      try {
        return await this.signIn()
      } catch (error) {
        if (!isProblem(error)) throw error
        return false
      }
    },
  },
})
