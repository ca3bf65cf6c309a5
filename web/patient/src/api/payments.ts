import { get, post } from './client'
import type { Order, PaymentAttempt } from './types'

const of = (id: string) => `/orders/${encodeURIComponent(id)}`

export const getOrder = (id: string) => get<Order>(of(id))

export const startPayment = (orderId: string, method: string, idempotencyKey: string) =>
  post<PaymentAttempt>(`${of(orderId)}/payments`, { method }, { idempotencyKey, timeout: 20_000 })

/** Let the server ask the channel how the payment stands. `said` is what the phone heard: a hint. */
export const checkOrder = (orderId: string, said?: 'ok' | 'cancelled' | 'failed') =>
  post<Order>(`${of(orderId)}/check`, said ? { said } : {}, { timeout: 20_000 })
