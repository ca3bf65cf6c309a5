import type { CheckoutState, ChosenLine, FeeBill, Fees, FeeVisit } from '@/api/types'

/** Which bills are chosen: always of one visit, because one visit is one payment. */
export interface Choice { visitNo: string; bills: string[] }

/** At first everything that can be paid of the newest visit. */
export function firstChoice(fees: Fees): Choice | null {
  const visit = fees.visits.find((one) => one.payable)
  return visit ? { visitNo: visit.visit_no, bills: payableBills(visit).map((bill) => bill.bill_no) } : null
}

export function payableBills(visit: FeeVisit): FeeBill[] {
  return visit.bills.filter((bill) => bill.payable)
}

/** A tap on a bill: in or out; a bill of another visit begins a new choice. */
export function toggled(choice: Choice | null, visitNo: string, billNo: string): Choice | null {
  if (!choice || choice.visitNo !== visitNo) return { visitNo, bills: [billNo] }
  const bills = choice.bills.includes(billNo) ? choice.bills.filter((one) => one !== billNo) : [...choice.bills, billNo]
  return bills.length ? { visitNo, bills } : null
}

export function chosenSum(fees: Fees, choice: Choice | null): number {
  const visit = fees.visits.find((one) => one.visit_no === choice?.visitNo)
  return visit ? visit.bills.filter((bill) => choice?.bills.includes(bill.bill_no)).reduce((sum, bill) => sum + bill.amount_fen, 0) : 0
}

/** Chosen lines of bills that an insurance may settle, or of the others: bill numbers, names of the items, and their sum. */
export function share(lines: ChosenLine[], insurance: boolean): { bills: string[]; names: string[]; fen: number } {
  const of = lines.filter((one) => one.insurance === insurance)
  return {
    bills: [...new Set(of.map((one) => one.bill_no))],
    names: of.map((one) => one.line.name),
    fen: of.reduce((sum, one) => sum + one.line.amount_fen, 0),
  }
}

type Tone = 'ok' | 'warn' | 'info' | 'mute' | 'err'
const TONES: Record<CheckoutState, Tone> = {
  awaiting_payment: 'warn', confirming: 'warn', paid: 'ok', partly_refunded: 'info', refunding: 'warn', refunded: 'info', not_paid_refunding: 'err', not_paid_refunded: 'info', closed: 'mute',
}
export const checkoutTone = (state: CheckoutState): Tone => TONES[state]

/** A share such as 0.05 in per cent; nothing for 0. */
export function percent(ratio: string): string {
  const share = Number(ratio)
  return Number.isFinite(share) && share > 0 ? `${Math.round(share * 1000) / 10}%` : ''
}
