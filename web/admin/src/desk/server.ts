import type {
  Booked, Collection, Day, DayOfDesks, FeeLine, Owed, PaidDeposit, PaidFees, Patient, Problem, Refunded, Settlement, Shift, Stay, Visit, Withdrawn, Words,
} from './types'

/** A refusal in the server's own words; `lost` when no answer came at all. */
export class Refusal extends Error {
  constructor(readonly problem: Problem, readonly status: number) {
    super(problem.title)
  }

  get lost(): boolean {
    return this.status === 0
  }
}

const RETRY_MS = [400, 1200, 3000]
let csrf = ''
let language = 'zh'

export function speak(wanted: string): void {
  language = wanted
}

const lost = () => new Refusal({ code: 'lost', title: '', detail: '' }, 0)

async function call<T>(method: string, path: string, body?: unknown, more: Record<string, string> = {}): Promise<T> {
  const headers: Record<string, string> = { 'accept-language': language, ...more }
  if (csrf && method !== 'GET') headers['x-csrf-token'] = csrf
  if (body !== undefined) headers['content-type'] = 'application/json'
  let answer: Response
  let text: string
  try {
    answer = await fetch(`/api/desk/${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) })
    text = await answer.text()
  } catch {
    throw lost()
  }
  let said: unknown = null
  try {
    said = text ? JSON.parse(text) : null
  } catch {
    throw lost()
  }
  if (!answer.ok) throw new Refusal(said as Problem, answer.status)
  return said as T
}

/** A file of the server, in the page's language. */
async function file(path: string): Promise<Blob> {
  let answer: Response
  let body: Blob
  try {
    answer = await fetch(`/api/desk/${path}`, { headers: { 'accept-language': language } })
    body = await answer.blob()
  } catch {
    throw lost()
  }
  if (!answer.ok) throw new Refusal(JSON.parse(await body.text()) as Problem, answer.status)
  return body
}

/** One key for one scan: after a lost answer the same key is sent again, so that nothing can be charged twice. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (each) => each.toString(16).padStart(2, '0')).join('')
}

async function taking<T = Collection>(path: string, body: unknown, key: string): Promise<T> {
  for (const wait of RETRY_MS) {
    try {
      return await call<T>('POST', path, body, { 'idempotency-key': key })
    } catch (error) {
      if (!(error instanceof Refusal) || !error.lost) throw error
      await new Promise((resolve) => setTimeout(resolve, wait))
    }
  }
  return call<T>('POST', path, body, { 'idempotency-key': key })
}

async function signed(opened: Promise<Shift>): Promise<Shift> {
  const shift = await opened
  csrf = shift.csrf ?? ''
  return shift
}

export const server = {
  signIn: (key: string, operator: string, pin: string, newPin?: string) =>
    signed(call<Shift>('POST', 'shift', { operator, pin, new_pin: newPin }, { authorization: `Bearer ${key}` })),
  shift: () => signed(call<Shift>('GET', 'shift')),
  handOver: () => call<null>('POST', 'shift/end'),
  words: () => call<Words>('GET', 'words'),
  find: (asked: Record<string, string>) => call<Patient>('POST', 'patients/find', asked),
  owed: async (patient: string) => (await call<{ items: Owed[] }>('GET', `patients/${patient}/orders`)).items,
  fees: async (patient: string) => {
    const found = await call<{ visits: Visit[], stale: boolean }>('GET', `patients/${patient}/fees`)
    return { visits: found.visits.filter((visit) => visit.payable), stale: found.stale }
  },
  choose: async (patient: string, visit: Visit) => {
    const bills = visit.bills.filter((bill) => bill.payable).map((bill) => bill.bill_no)
    const body = { visit_no: visit.visit_no, bill_nos: bills }
    const made = await call<{ order_id: string }>('POST', `patients/${patient}/fees`, body, { 'idempotency-key': newKey() })
    return made.order_id
  },
  take: (order: string, code: string, key: string) => taking(`orders/${order}/payments`, { code }, key),
  show: (order: string, key: string) => taking(`orders/${order}/shown-codes`, undefined, key),
  read: (payment: string) => call<Collection>('GET', `payments/${payment}`),
  check: (payment: string) => call<Collection>('POST', `payments/${payment}/check`),
  stop: (payment: string) => call<Collection>('POST', `payments/${payment}/stop`),
  readInsurance: (order: string, body: Record<string, unknown>, key: string) =>
    taking<Settlement>(`orders/${order}/settlements`, body, key),
  settlement: (id: string) => call<Settlement>('GET', `settlements/${id}`),
  settlementOf: (order: string) => call<Settlement | null>('GET', `orders/${order}/settlement`),
  settlements: async () => (await call<{ items: Settlement[] }>('GET', 'settlements')).items,
  useAccount: (id: string, use: boolean) => call<Settlement>('POST', `settlements/${id}/account`, { use }),
  actOn: (id: string, what: 'confirm' | 'check' | 'stop') => call<Settlement>('POST', `settlements/${id}/${what}`),
  refund: (order: string, fen: number, reason: string, key: string) =>
    taking<Refunded>(`orders/${order}/refunds`, { amount_fen: fen, reason }, key),
  booked: async (patient: string) => (await call<{ items: Booked[] }>('GET', `patients/${patient}/appointments`)).items,
  appointment: (id: string) => call<Booked>('GET', `appointments/${id}`),
  cancel: (id: string, reason: string) => taking<Booked>(`appointments/${id}/cancellation`, { reason }, newKey()),
  paidFees: async (patient: string) => (await call<{ items: PaidFees[] }>('GET', `patients/${patient}/checkouts`)).items,
  feeLines: (id: string) => call<{ lines: FeeLine[], whole_only: boolean }>('GET', `checkouts/${id}/refundable`),
  backFees: (id: string, lines: { bill_no: string, line_no: string }[], reason: string, key: string) =>
    taking<Withdrawn>(`checkouts/${id}/refunds`, { lines, reason }, key),
  paidDeposits: async (patient: string) => (await call<{ items: PaidDeposit[] }>('GET', `patients/${patient}/deposits`)).items,
  depositLeft: (id: string) => call<{ refundable_fen: number, reason: string }>('GET', `deposits/${id}/refundable`),
  backDeposit: (id: string, fen: number, reason: string, key: string) =>
    taking<Withdrawn>(`deposits/${id}/refunds`, { amount_fen: fen, reason }, key),
  withdrawn: (kind: 'checkout' | 'deposit', id: string) =>
    call<Withdrawn>('GET', `${kind === 'checkout' ? 'fee' : 'deposit'}-refunds/${id}`),
  stays: async (patient: string) => (await call<{ items: Stay[] }>('GET', `patients/${patient}/stays`)).items,
  deposit: async (patient: string, inpatientNo: string, fen: number, key: string) =>
    (await taking<{ order_id: string }>(`patients/${patient}/deposits`, { inpatient_no: inpatientNo, amount_fen: fen }, key)).order_id,
  day: () => call<Day>('GET', 'payments'),
  dayOfDesks: (day: string, cursor: string | null) =>
    call<DayOfDesks>('GET', `days/${day}/payments${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ''}`),
  daySheet: (day: string) => file(`days/${day}/payments.csv`),
}
