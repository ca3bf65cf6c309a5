import { reactive } from 'vue'

import { newKey, Refusal, server } from './server'
import { desk } from './session'
import { t } from './texts'
import type { Booked, FeeLine, PaidDeposit, PaidFees, Tone, Withdrawn } from './types'

const POLL_MS = 1000

export type Kind = 'appointment' | 'checkout' | 'deposit'

interface Result { tone: Tone, title: string, advice: string, settled: boolean }

/** What can go back: of the patient who was looked up, or of one line of the shift. */
export const back = reactive({
  on: false,
  booked: [] as Booked[],
  fees: [] as PaidFees[],
  deposits: [] as PaidDeposit[],
  chosen: null as { kind: Kind, id: string } | null,
  lines: [] as FeeLine[],
  whole: false,
  picked: [] as string[],
  most: 0,
  why: '',
  amount: '',
  reason: '',
  key: '',
  busy: false,
  fault: '',
  result: null as Result | null,
})
let timer: ReturnType<typeof setTimeout> | undefined

export const lineKey = (line: FeeLine): string => `${line.bill_no}/${line.line_no}`

/** Yuan as typed → fen; 0 for what is no sum. */
export const typedFen = (text: string): number => (/^\d{1,7}(\.\d{1,2})?$/.test(text) ? Math.round(Number(text) * 100) : 0)

export const pickedFen = (): number =>
  back.lines.filter((line) => back.picked.includes(lineKey(line))).reduce((sum, line) => sum + line.amount_fen, 0)

async function doing(work: () => Promise<void>): Promise<void> {
  Object.assign(back, { busy: true, fault: '' })
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (error.status === 401) desk.shift = null
    back.fault = error.lost ? t('lost') : `${error.problem.title}。${error.problem.detail}`
    // What was refused may be asked for anew; after a lost answer the same key is sent again.
    if (!error.lost) back.key = newKey()
  } finally {
    back.busy = false
  }
}

function leave(): void {
  clearTimeout(timer)
  Object.assign(back, { chosen: null, lines: [], whole: false, picked: [], most: 0, why: '', amount: '', reason: '', fault: '', result: null })
}

export function close(): void {
  leave()
  Object.assign(back, { on: false, booked: [], fees: [], deposits: [] })
}

/** Everything of the patient that may go back. */
export const open = () => doing(async () => {
  leave()
  back.on = true
  if (!desk.patient) return
  const patient = desk.patient.id
  const [booked, fees, deposits] = await Promise.all([server.booked(patient), server.paidFees(patient), server.paidDeposits(patient)])
  Object.assign(back, { booked: booked.filter((one) => one.can_cancel), fees, deposits })
})

/** One of them, as the hospital's system lets it go at this moment. */
export const choose = (kind: Kind, id: string) => doing(async () => {
  leave()
  Object.assign(back, { on: true, chosen: { kind, id }, key: newKey() })
  if (kind === 'checkout') {
    const found = await server.feeLines(id)
    const free = found.lines.filter((line) => line.refundable)
    Object.assign(back, { lines: found.lines, whole: found.whole_only, picked: free.map(lineKey) })
  } else if (kind === 'deposit') {
    const found = await server.depositLeft(id)
    Object.assign(back, { most: found.refundable_fen, why: found.reason, amount: (found.refundable_fen / 100).toFixed(2) })
  }
})

function spoken(found: Withdrawn): Result {
  return { tone: found.tone, title: `${found.title} ¥${(found.amount_fen / 100).toFixed(2)}`, advice: found.advice, settled: found.settled }
}

function cancelled(found: Booked): Result {
  if (found.refused) return { tone: 'fault', title: t('kept'), advice: found.refused, settled: true }
  if (!found.settled) return { tone: 'wait', title: t('cancelling'), advice: t('cancelling_note'), settled: false }
  return { tone: 'ok', title: found.state_title, advice: found.state_detail, settled: true }
}

function follow(result: Result, again: () => Promise<Result>): void {
  back.result = result
  clearTimeout(timer)
  if (result.settled) {
    void server.day().then((day) => { desk.day = day }, () => undefined)
    return
  }
  timer = setTimeout(() => { again().then((found) => { follow(found, again) }, () => { follow(result, again) }) }, POLL_MS)
}

export const give = () => doing(async () => {
  if (!back.chosen) return
  const { kind, id } = back.chosen
  const reason = back.reason.trim()
  if (kind === 'appointment') {
    follow(cancelled(await server.cancel(id, reason)), async () => cancelled(await server.appointment(id)))
    return
  }
  const made = kind === 'checkout'
    ? await server.backFees(id, back.lines.filter((line) => back.picked.includes(lineKey(line))).map(({ bill_no, line_no }) => ({ bill_no, line_no })), reason, back.key)
    : await server.backDeposit(id, typedFen(back.amount), reason, back.key)
  follow(spoken(made), async () => spoken(await server.withdrawn(kind, made.id)))
})
