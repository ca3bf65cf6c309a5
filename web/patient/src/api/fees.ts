import { get, post } from './client'
import type { Checkout, CheckoutBrief, Fees, FeeVisit, Page, Refundable } from './types'

const of = (id: string) => `/fees/checkouts/${encodeURIComponent(id)}`

/** What a patient has to pay, from the hospital at this moment. */
export const listFees = (patientId: string) => get<Fees>('/fees', { patient_id: patientId }, { timeout: 20_000 })

export const getFeeVisit = (visitNo: string, patientId: string) =>
  get<FeeVisit>(`/fees/visits/${encodeURIComponent(visitNo)}`, { patient_id: patientId }, { timeout: 20_000 })

/** Choose bills of one visit to pay. The same key is the same wish. */
export const createCheckout = (wish: { patient_id: string; visit_no: string; bill_nos: string[] }, idempotencyKey: string) =>
  post<Checkout>('/fees/checkouts', wish, { idempotencyKey, timeout: 20_000 })

export const listCheckouts = (filter: { patient_id?: string; back?: boolean; from?: string; to?: string; cursor?: string | null }) =>
  get<Page<CheckoutBrief>>('/fees/checkouts', { ...filter, back: filter.back ? 'true' : undefined })

export const getCheckout = (id: string) => get<Checkout>(of(id))

export const getRefundable = (id: string) => get<Refundable>(`${of(id)}/refundable`, undefined, { timeout: 20_000 })

export const refundLines = (id: string, lines: { bill_no: string; line_no: string }[], reason: string) =>
  post<Checkout>(`${of(id)}/refunds`, { lines, reason }, { timeout: 20_000 })
