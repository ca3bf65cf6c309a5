import { get, post, put } from './client'
import type { InsuranceClasses, MedicalCashier, Settlement, WayToPay } from './types'

const order = (id: string) => `/orders/${encodeURIComponent(id)}`
const settlement = (id: string) => `/settlements/${encodeURIComponent(id)}`
/** The insurance and the channel behind it take their time. */
const SLOW = { timeout: 40_000 }

export const listClasses = (orderId: string) => get<InsuranceClasses>(`${order(orderId)}/insurance`)
/** Before there is an order: with what this patient's registrations may be paid, and what was chosen last. */
export const readWay = (patientId: string) => get<WayToPay>(`/patients/${encodeURIComponent(patientId)}/insurance`)
export const chooseWay = (patientId: string, insuranceClass: string | null) =>
  put<unknown>(`/patients/${encodeURIComponent(patientId)}/insurance`, { insurance_class: insuranceClass })
/** The newest settlement of an order, whatever became of it. */
export const currentSettlement = (orderId: string) => get<Settlement | null>(`${order(orderId)}/settlement`)
export const getSettlement = (id: string) => get<Settlement>(settlement(id))

export const beginSettlement = (orderId: string, insuranceClass: string, idempotencyKey: string) =>
  post<Settlement>(`${order(orderId)}/settlements`, { insurance_class: insuranceClass }, { ...SLOW, idempotencyKey })

/** The patient came back from the consent page, with its code where the channel gives one. */
export const giveConsent = (id: string, code: string) => post<Settlement>(`${settlement(id)}/consent`, { code }, SLOW)
export const useAccount = (id: string, use: boolean) => post<Settlement>(`${settlement(id)}/account`, { use }, SLOW)
export const settle = (id: string) => post<MedicalCashier>(`${settlement(id)}/settle`, {}, SLOW)
export const payOneself = (id: string) => post<Settlement>(`${settlement(id)}/pay-oneself`, { agreed: true }, SLOW)

/** Take back an agreement that was not paid. */
export const callOff = (id: string) => post<Settlement>(`${settlement(id)}/cancel`, {}, SLOW)

/** Sign a page's address for WeChat's in-page SDK. */
export const signPage = (url: string) =>
  get<{ app_id: string; timestamp: number; nonce_str: string; signature: string }>('/wechat/js-config', { url })

/** Let the server ask the insurance and the channel. `said` is what the phone heard: a hint. */
export const checkSettlement = (id: string, said?: 'ok' | 'cancelled' | 'failed') =>
  post<Settlement>(`${settlement(id)}/check`, said ? { said } : {}, SLOW)
