import type { Appointment, AppointmentState } from '@/api/types'

type Tone = 'ok' | 'warn' | 'err' | 'info' | 'mute'

const TONES: Partial<Record<AppointmentState, Tone>> = {
  placing: 'info', awaiting_payment: 'warn', confirming: 'info', booked: 'ok', checked_in: 'ok', called: 'ok', cancelling: 'info',
  not_booked_refunding: 'warn', not_booked_refunded: 'info', not_booked: 'warn', stopped: 'err', stopped_refunded: 'info', no_show: 'err', passed: 'warn',
}

export const toneOf = (state: AppointmentState): Tone => TONES[state] ?? 'mute'

/** An unpaid booking leads to its hold page, every other one to its own page. */
export function pageOf(appointment: Appointment): { page: string; query: Record<string, string> } {
  const page = appointment.state === 'awaiting_payment' ? '/pages/booking/hold' : '/pages/booking/appointment'
  return { page, query: { id: appointment.id } }
}

/** Bookings sorted by the start of their slot. */
export function inOrder(items: readonly Appointment[], direction: 'soonest' | 'newest'): Appointment[] {
  const sorted = [...items].sort((a, b) => a.slot.starts_at.localeCompare(b.slot.starts_at))
  return direction === 'soonest' ? sorted : sorted.reverse()
}
