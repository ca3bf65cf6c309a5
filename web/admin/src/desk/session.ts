import { computed, reactive } from 'vue'

import { newKey, Refusal, server } from './server'
import { english, t } from './texts'
import type { Collection, Day, Owed, Patient, Problem, Shift, Visit, Words } from './types'

const POLL_MS = 1000

/** Everything the page shows. One patient, one order, one collection at a time. */
export const desk = reactive({
  opened: false,
  shift: null as Shift | null,
  words: null as Words | null,
  patient: null as Patient | null,
  owed: [] as Owed[],
  visits: [] as Visit[],
  silent: false,
  chosen: '',
  collection: null as Collection | null,
  day: null as Day | null,
  problem: null as Problem | null,
  scanned: '',
  busy: false,
  asking: false,
})

export const order = computed(() => desk.owed.find((each) => each.id === desk.chosen) ?? null)
export const deskName = computed(() => (english.value ? desk.shift?.device_name_en : desk.shift?.device_name) ?? '')
export const collecting = computed(() => desk.collection !== null && !desk.collection.settled)
let timer: ReturnType<typeof setTimeout> | undefined

/** Do it, with what went wrong on the page; who is signed out meanwhile signs in again. */
export async function doing(work: () => Promise<void>): Promise<void> {
  const asked = english.value
  desk.problem = null
  desk.busy = true
  try {
    await work()
    // The language was turned while the answer was on its way: it came in the other one.
    if (english.value !== asked) await readOn()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (error.status === 401) desk.shift = null
    desk.problem = error.lost ? { code: 'lost', title: t('lost'), detail: t('lost_detail') } : error.problem
  } finally {
    desk.busy = false
  }
}

async function arrive(shift: Shift): Promise<void> {
  // Finance takes nothing: it reads the day of all desks.
  if (shift.role !== 'finance_read') {
    desk.words = await server.words()
    desk.day = await server.day()
    await pickUp()
  }
  desk.shift = shift
}

const SETTLED = ['paid', 'returned', 'refused', 'stopped']

/** What this machine was taking when the page was reloaded or the power went is on the screen again. */
async function pickUp(): Promise<void> {
  const running = desk.day?.items.find((line) => !SETTLED.includes(line.standing))
  if (running) begin(await server.read(running.payment_id))
}

export async function open(): Promise<void> {
  try {
    await arrive(await server.shift())
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
  } finally {
    desk.opened = true
  }
}

export const signIn = (key: string, operator: string, pin: string, newPin?: string) =>
  doing(async () => arrive(await server.signIn(key.trim(), operator.trim(), pin.trim(), newPin?.trim())))

export const handOver = () => doing(async () => {
  await server.handOver()
  clear()
  desk.shift = null
})

async function readOn(): Promise<void> {
  if (!desk.shift || desk.shift.role === 'finance_read') return
  desk.words = await server.words()
  desk.day = await server.day()
  if (desk.collection) follow(await server.read(desk.collection.payment_id))
}

/** The texts of results come in one language: they are asked for again when it is turned. */
export const reread = () => doing(readOn)

const ID = /^\d{17}[\dXx]$/

export const find = (typed: string) => doing(async () => {
  const text = typed.trim()
  if (!text || collecting.value) return
  const asked: Record<string, string> = ID.test(text)
    ? { document_type: /^8[123]/.test(text) ? 'residence_permit' : 'mainland_id', document_number: text.toUpperCase() }
    : { card_no: text }
  clear()
  desk.patient = await server.find(asked)
  desk.owed = await server.owed(desk.patient.id)
  desk.chosen = desk.owed[0]?.id ?? ''
  await seeFees(desk.patient.id)
})

/** Fees that cannot be shown keep nobody from paying what is owed already. */
async function seeFees(patient: string): Promise<void> {
  try {
    const fees = await server.fees(patient)
    desk.visits = fees.visits.filter((visit) => !visit.checkout_id)
    desk.silent = fees.stale
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    // Nobody's account is bound to this patient: the hospital's own billing serves them.
    desk.silent = error.status !== 404
  }
}

/** The bills of a visit become an order, at the hospital's price of this moment. */
export const choose = (visit: Visit) => doing(async () => {
  if (!desk.patient) return
  const made = await server.choose(desk.patient.id, visit)
  desk.owed = await server.owed(desk.patient.id)
  desk.visits = desk.visits.filter((each) => each.visit_no !== visit.visit_no)
  desk.chosen = made
})

export function clear(): void {
  clearTimeout(timer)
  Object.assign(desk, { patient: null, owed: [], visits: [], silent: false, chosen: '', collection: null, problem: null, scanned: '', asking: false })
}

/** Go on: the next patient after a payment, the same order after a refusal. */
export function goOn(): void {
  if (!desk.collection?.settled) return
  if (desk.collection.standing === 'paid' || desk.collection.standing === 'returned') {
    clear()
  } else {
    Object.assign(desk, { collection: null, problem: null, scanned: '' })
  }
}

export function kindOf(code: string): string | null {
  const found = desk.words?.kinds.find((kind) => kind.prefixes.some((prefix) => code.startsWith(prefix))
    && code.length >= kind.shortest && code.length <= kind.longest)
  return found?.name ?? null
}

/** What an answer says about the collection on the screen; one that was left meanwhile is not brought back. */
function follow(found: Collection): void {
  if (desk.collection?.payment_id === found.payment_id) begin(found)
}

function begin(found: Collection): void {
  desk.collection = found
  if (found.settled || found.stopping) desk.asking = false
  clearTimeout(timer)
  if (found.settled) {
    void server.day().then((day) => { desk.day = day }, () => undefined)
    return
  }
  timer = setTimeout(() => {
    server.read(found.payment_id).then(follow, () => { follow(found) })
  }, POLL_MS)
}

export const take = (code: string) => doing(async () => {
  if (!order.value || collecting.value) return
  desk.collection = null
  desk.scanned = code
  begin(await server.take(order.value.id, code, newKey()))
})

export const show = () => doing(async () => {
  if (!order.value || collecting.value) return
  desk.scanned = ''
  begin(await server.show(order.value.id, newKey()))
})

export const check = () => doing(async () => {
  if (desk.collection) follow(await server.check(desk.collection.payment_id))
})

/** A key that was hit by accident, or a scanner, gives nothing up: it is asked first. */
export function ask(wanted: boolean): void {
  desk.asking = wanted && collecting.value && !desk.collection?.stopping
}

export const stop = () => doing(async () => {
  if (desk.collection && !desk.collection.settled) follow(await server.stop(desk.collection.payment_id))
})
