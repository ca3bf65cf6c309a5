import { get, post } from './client'
import type { Agreement, Appointment, NewAppointment, Page, Preview } from './types'

const of = (id: string) => `/appointments/${encodeURIComponent(id)}`

export const previewBooking = (wish: { slot_id: string; patient_id: string; mdt_application_id?: string }) =>
  post<Preview>('/booking/preview', wish)

/** Ask for a place. The same key is the same wish: asked again after a lost answer, the first booking comes back. */
export const createAppointment = (wish: NewAppointment, idempotencyKey: string) =>
  post<Appointment>('/appointments', wish, { idempotencyKey, timeout: 20_000 })

export const listAppointments = (filter: { patient_id?: string; scope: 'upcoming' | 'past' | 'all'; cursor?: string | null }) =>
  get<Page<Appointment>>('/appointments', { ...filter })

export const getAppointment = (id: string) => get<Appointment>(of(id))

export const cancelAppointment = (id: string, why: { reason?: 'time' | 'better' | 'other' }) =>
  post<Appointment>(`${of(id)}/cancel`, why, { timeout: 20_000 })

export const rebookAppointment = (id: string, slotId: string, idempotencyKey: string) =>
  post<Appointment>(`${of(id)}/rebook`, { slot_id: slotId }, { idempotencyKey, timeout: 20_000 })

/** Path below /api of the calendar file. */
export const calendarPath = (id: string) => `${of(id)}/calendar.ics`

export const getAgreement = (id: string) => get<Agreement>(`/agreements/${encodeURIComponent(id)}`)
