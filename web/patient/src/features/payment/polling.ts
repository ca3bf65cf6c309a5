import type { Order } from '@/api/types'

export const GIVE_UP_AFTER = 60_000
export const LOOK_EVERY = 2_000

/** Seconds waited at which the server is made to ask the channel; between them only our own record is read. */
const ASK_AT = [0, 4, 10, 20, 30, 40, 50]

/** Whether a look after `waited` milliseconds should make the server ask the channel, given the time of the last such look. */
export function shouldAsk(waited: number, lastAsked: number | null): boolean {
  return ASK_AT.some((seconds) => seconds * 1000 <= waited && (lastAsked === null || lastAsked < seconds * 1000))
}

export type Verdict = 'wait' | 'unpaid' | 'settled'

/** What an order is for, as far as waiting cares: an appointment, bills, a deposit. */
export interface Subject { state: string }

const WAITING = new Set(['awaiting_payment', 'placing', 'confirming'])

/** What an order and its subject say together. Only the server's words count. */
export function verdict(order: Order | null, subject: Subject | null): Verdict {
  if (subject && !WAITING.has(subject.state)) return 'settled'
  if (order && subject && order.state === 'unpaid' && subject.state === 'awaiting_payment') return 'unpaid'
  return 'wait'
}

/** Page of what an order was for: where it is paid, and where it is shown afterwards. */
export const SUBJECT_PAGES: Record<string, { unpaid: string; settled: string }> = {
  appointment: { unpaid: '/pages/booking/hold', settled: '/pages/booking/appointment' },
  checkout: { unpaid: '/pages/fees/checkout', settled: '/pages/fees/checkout' },
  deposit: { unpaid: '/pages/deposit/payment', settled: '/pages/deposit/payment' },
}
