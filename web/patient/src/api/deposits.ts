import { get, post } from './client'
import type { Deposit, Items, Page, Stay } from './types'

/** The account's own patients who are in hospital. */
export const listStays = () => get<Items<Stay>>('/stays', undefined, { timeout: 20_000 })

/** A relative's stay: by inpatient number and full name, or by the code at the bed. */
export const findStay = (wish: { inpatient_no?: string; name?: string; bed_code?: string }) =>
  post<Stay>('/stays/find', wish, { timeout: 20_000 })

/** `key` is what `listStays` or `findStay` gave: it says which stay, and that this account may pay for it. */
export const createDeposit = (wish: { key: string; amount_fen: number }, idempotencyKey: string) =>
  post<Deposit>('/deposits', wish, { idempotencyKey, timeout: 20_000 })

export const getDeposit = (id: string) => get<Deposit>(`/deposits/${encodeURIComponent(id)}`)

export const listDeposits = (cursor?: string | null) => get<Page<Deposit>>('/deposits', { cursor })
