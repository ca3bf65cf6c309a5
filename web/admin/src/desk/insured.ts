import { computed, reactive, ref, watch } from 'vue'

import { desk } from './session'
import { newKey, Refusal, server } from './server'
import { english, t } from './texts'
import type { Medium, Problem, Settlement } from './types'

const POLL_MS = 1000
const RUNNING = ['splitting', 'to_confirm', 'unknown', 'to_collect', 'ending', 'reversing', 'stuck']
const OVER = ['stopped', 'refused', 'reversed']
const ID = /^\d{17}[\dXx]$/

/** The insurance of the chosen order: what was read, and how it stands. */
export const insured = reactive({
  medium: 'e_voucher' as Medium,
  settlement: null as Settlement | null,
  problem: null as Problem | null,
  busy: false,
  asking: false,
  /** After a lost answer of ours, or a silent insurance, the same reading is sent again under the same key. */
  again: null as { order: string, body: Record<string, unknown>, key: string } | null,
})

/** What this shift has read, newest first. */
export const readHere = ref<Settlement[]>([])
/** In hand: nothing else may begin here. The own part that has just been paid ends it. */
export const running = computed(() => insured.settlement !== null && RUNNING.includes(insured.settlement.standing)
  && desk.collection?.standing !== 'paid')
export const readable = computed(() => !insured.settlement || OVER.includes(insured.settlement.standing))
export const covered = computed(() => {
  const found = insured.settlement
  return found ? (found.pooled_fen ?? 0) + (found.personal_account_fen ?? 0) + (found.other_fen ?? 0) : 0
})
let timer: ReturnType<typeof setTimeout> | undefined

async function doing(work: () => Promise<void>): Promise<void> {
  const asked = english.value
  insured.problem = null
  insured.busy = true
  try {
    await work()
    // The language was turned while the answer was on its way: it came in the other one.
    if (english.value !== asked) await readOn()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (error.status === 401) desk.shift = null
    if (!error.lost && error.status !== 503) insured.again = null
    insured.problem = error.lost ? { code: 'lost', title: t('lost'), detail: t('insured_lost') } : error.problem
  } finally {
    insured.busy = false
  }
}

function put(found: Settlement | null): void {
  const before = insured.settlement
  insured.settlement = found
  clearTimeout(timer)
  if (!found?.may_stop) insured.asking = false
  if (!found) return
  if (before?.id !== found.id || before.standing !== found.standing) {
    void reown()
    void relist()
  }
  if (!found.settled) {
    timer = setTimeout(() => {
      server.settlement(found.id).then(follow, () => { follow(found) })
    }, POLL_MS)
  }
}

/** An answer about a settlement that was left meanwhile is not brought back. */
function follow(found: Settlement): void {
  if (insured.settlement?.id === found.id) put(found)
}

/** What is left for the patient to pay follows the insurance; an order that is paid stays on the screen. */
async function reown(): Promise<void> {
  const patient = desk.patient?.id
  if (!patient) return
  try {
    const owed = await server.owed(patient)
    if (desk.patient?.id !== patient || owed.length === 0) return
    if (owed.some((each) => each.id === desk.chosen)) desk.owed = owed
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
  }
}

async function relist(): Promise<void> {
  if (!desk.shift) return
  try {
    readHere.value = await server.settlements()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
  }
}

async function send(order: string, body: Record<string, unknown>, key: string): Promise<void> {
  insured.again = { order, body, key }
  const found = await server.readInsurance(order, body, key)
  insured.again = null
  put(found)
}

function bodyOf(medium: Medium, text: string): Record<string, unknown> {
  if (medium === 'e_voucher') return { medium, token: text }
  const kind = ID.test(text) && /^8[123]/.test(text) ? 'residence_permit' : 'mainland_id'
  return { medium, document_type: kind, number: text.toUpperCase() }
}

export const readInsurance = (typed: string) => doing(async () => {
  const text = typed.replace(/\s/g, '')
  if (!text || !desk.chosen || !readable.value) return
  await send(desk.chosen, bodyOf(insured.medium, text), newKey())
})

export const readAgain = () => doing(async () => {
  if (insured.again) await send(insured.again.order, insured.again.body, insured.again.key)
})

export const useAccount = (use: boolean) => doing(async () => {
  if (insured.settlement) put(await server.useAccount(insured.settlement.id, use))
})

export const confirmInsurance = () => doing(async () => {
  if (insured.settlement?.may_confirm) put(await server.actOn(insured.settlement.id, 'confirm'))
})

export const checkInsurance = () => doing(async () => {
  if (insured.settlement) put(await server.actOn(insured.settlement.id, 'check'))
})

export const stopInsurance = () => doing(async () => {
  insured.asking = false
  if (insured.settlement?.may_stop) put(await server.actOn(insured.settlement.id, 'stop'))
})

async function readOn(): Promise<void> {
  if (insured.settlement) follow(await server.settlement(insured.settlement.id))
}

/** Texts come in one language: they are asked for again when it is turned. */
export const rereadInsurance = () => doing(readOn)

/** What was in hand when the page was reloaded or the power went is on the screen again, patient and all. */
export const resume = () => doing(async () => {
  await relist()
  const found = readHere.value.find((each) => RUNNING.includes(each.standing) && each.patient)
  if (!found?.patient || desk.patient) return
  const owed = await server.owed(found.patient.id)
  Object.assign(desk, { patient: found.patient, owed, chosen: found.order_id })
})

async function lookUp(order: string): Promise<void> {
  try {
    const found = await server.settlementOf(order)
    if (found && desk.chosen === order && readable.value && RUNNING.includes(found.standing)) put(found)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
  }
}

watch(() => desk.day, relist)

// Another order, another patient, or nobody: what stands there is read, wherever it was begun. At once: who goes on to
// the next patient must not find the last one's insurance in hand.
watch(() => desk.chosen, (order) => {
  clearTimeout(timer)
  Object.assign(insured, { settlement: null, problem: null, again: null, asking: false })
  if (order) void lookUp(order)
}, { flush: 'sync' })
