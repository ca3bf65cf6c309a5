import type { Appointment, Order } from '@/api/types'

export const GIVE_UP_AFTER = 60_000
export const LOOK_EVERY = 2_000

/** Seconds waited at which the server is made to ask the channel; between them only our own record is read. */
const ASK_AT = [0, 4, 10, 20, 30, 40, 50]

/** Whether a look after `waited` milliseconds should make the server ask the channel, given the time of the last such look. */
export function shouldAsk(waited: number, lastAsked: number | null): boolean {
  return ASK_AT.some((seconds) => seconds * 1000 <= waited && (lastAsked === null || lastAsked < seconds * 1000))
}

export type Verdict = 'wait' | 'unpaid' | 'settled'

/** What an order and its appointment say together. Only the server's words count. */
export function verdict(order: Order | null, appointment: Appointment | null): Verdict {
  if (appointment && appointment.state !== 'awaiting_payment' && appointment.state !== 'placing' && appointment.state !== 'confirming') return 'settled'
  if (order && appointment && order.state === 'unpaid' && appointment.state === 'awaiting_payment') return 'unpaid'
  return 'wait'
}
