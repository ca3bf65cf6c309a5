import type { Appointment, AppointmentState } from '@/api/types'
import { money } from '@/format/money'
import { clock } from '@/format/time'
import type { Locale } from '@/format/time'
import { inLanguage, type Texts } from '@/i18n'

/** What kind of page an appointment in this state needs. */
export type AppointmentFace = 'ticket' | 'hold' | 'waiting' | 'failed' | 'stopped' | 'closed'

const FACES: Record<AppointmentState, AppointmentFace> = {
  placing: 'hold', awaiting_payment: 'hold', confirming: 'waiting',
  booked: 'ticket', checked_in: 'ticket', called: 'ticket', passed: 'ticket',
  cancelling: 'closed', cancelled: 'closed', expired: 'failed', no_show: 'closed', done: 'closed',
  not_booked: 'failed', not_booked_refunding: 'failed', not_booked_refunded: 'failed', stopped: 'stopped', stopped_refunded: 'stopped',
}

export const faceOf = (state: AppointmentState): AppointmentFace => FACES[state] ?? 'closed'

export type Tone = 'info' | 'ok' | 'warn' | 'err' | 'mute'

const TONES: Record<AppointmentState, Tone> = {
  placing: 'info', awaiting_payment: 'warn', confirming: 'info', booked: 'ok', checked_in: 'ok', called: 'warn', done: 'mute', cancelling: 'info',
  cancelled: 'mute', expired: 'mute', not_booked_refunding: 'err', not_booked_refunded: 'err', not_booked: 'err', stopped: 'warn',
  stopped_refunded: 'warn', no_show: 'mute', passed: 'warn',
}

export const toneOf = (state: AppointmentState): Tone => TONES[state] ?? 'mute'

const MOVING: readonly AppointmentState[] = ['placing', 'confirming', 'cancelling', 'not_booked_refunding', 'stopped']

/** The server still works on it, or money is on its way: ask again soon. */
export const isMoving = (appointment: Pick<Appointment, 'state' | 'pay_state'>): boolean =>
  MOVING.includes(appointment.state) || appointment.pay_state === 'refunding' || appointment.pay_state === 'paying'

/** What an insurance paid of it, and what the patient did. */
export function legs(appointment: Pick<Appointment, 'paid_fen' | 'insurance_fen'>): { insured: number; own: number } {
  const insured = appointment.paid_fen > 0 ? appointment.insurance_fen : 0
  return { insured, own: appointment.paid_fen - insured }
}

/** The same where an insurance paid: it takes its part back first, and nothing of it comes to an account. */
function insuredSentence(appointment: Appointment, t: Texts, route: string): string | null {
  const words = t.insurance.place
  const { insured, own } = legs(appointment)
  const back = appointment.refunded_fen >= insured
  switch (appointment.pay_state) {
    case 'refunded': return own > 0 ? words.refunded(money(insured), money(own), route) : words.reversed(money(insured))
    case 'refunding':
      if (own === 0) return words.reversing(money(insured))
      return back ? words.ownRefunding(money(insured), money(own), route) : words.refunding(money(insured), money(own))
    case 'paid': return own > 0 ? words.charged(money(insured), money(own)) : words.chargedWhole(money(insured))
    default: return null
  }
}

/** Whether money was taken and where it is now, in one sentence. */
export function moneySentence(appointment: Appointment, t: Texts, locale: Locale): { text: string; good: boolean } {
  const words = t.booking.facts
  const route = appointment.refund ? inLanguage(locale, appointment.refund.route, appointment.refund.route_en) : ''
  const back = money(appointment.refund?.amount_fen ?? appointment.paid_fen)
  const insured = legs(appointment).insured > 0 ? insuredSentence(appointment, t, route) : null
  if (insured) return { text: insured, good: appointment.pay_state !== 'paid' }
  switch (appointment.pay_state) {
    case 'refunded': return { text: words.refunded(money(appointment.refunded_fen || appointment.paid_fen), route), good: true }
    case 'refunding': return { text: words.refunding(back, route), good: true }
    case 'refund_failed': return { text: words.refundFailed(back), good: false }
    case 'paid': return { text: words.charged(money(appointment.paid_fen)), good: false }
    case 'paying': return { text: words.checking, good: false }
    default: return { text: words.notCharged, good: true }
  }
}

export interface ThreeFacts { happened: string; charged: string | null; good: boolean; next: string | null }

/**
 * The three facts in their order, from the lines of the server's detail; where the money is, is said exactly. A detail in one piece already says all three:
 * it stands alone then, so that nothing is said twice.
 */
export function threeFacts(appointment: Appointment, t: Texts, locale: Locale): ThreeFacts {
  const [happened, charged, ...next] = appointment.state_detail.split('\n').map((line) => line.trim()).filter(Boolean)
  const paid = moneySentence(appointment, t, locale)
  if (happened && charged && next.length) return { happened, charged: paid.text, good: paid.good, next: next.join('\n') }
  if (!happened) return { happened: appointment.state_title, charged: paid.text, good: paid.good, next: null }
  return { happened: [happened, charged].filter(Boolean).join('\n'), charged: null, good: paid.good, next: null }
}

/** 08:00–09:15 of the check-in window, or empty. */
export function checkInSpan(appointment: Appointment): { from: string; to: string } | null {
  const { check_in_from: from, check_in_to: to } = appointment
  return from && to ? { from: clock(from), to: clock(to) } : null
}

/** R2511 2500 37: groups of four from the right of the prefix, for reading out. */
export function spacedNumber(number: string): string {
  const [, head = '', digits = ''] = /^(\D*)(\d*)$/.exec(number) ?? []
  if (!digits) return number
  return `${head}${digits.replace(/(\d{4})(?=\d)/g, '$1 ')}`
}
