/** What the desk's routes say (docs/contracts/desk.md). */
export interface Shift {
  device: string
  device_name: string
  device_name_en: string
  role: string
  operator: string | null
  operator_name: string | null
  began_at: string | null
  csrf: string | null
}

export interface Patient {
  id: string
  name: string
  sex: 'male' | 'female' | 'unknown'
  age: number
  card_no: string
  document_number: string
}

export interface Owed {
  id: string
  no: string
  title: string
  title_en: string
  total_fen: number
  insurance_fen: number
  own_fen: number
}

/** A visit whose bills can be paid now. */
export interface Visit {
  visit_no: string
  date: string
  department: string
  doctor: string
  payable: boolean
  total_fen: number
  bills: { bill_no: string, title: string, amount_fen: number, payable: boolean, locked_text: string | null }[]
  checkout_id: string | null
}

export type Tone = 'ok' | 'wait' | 'fault'

export interface Collection {
  payment_id: string
  order_id: string
  order_no: string
  kind: string
  kind_name: string
  code: string
  amount_fen: number
  standing: string
  tone: Tone
  reason: string | null
  title: string
  advice: string
  settled: boolean
  stopping: boolean
  seconds_left: number
  show: string | null
  begun_at: string
  paid_at: string | null
}

export type Medium = 'e_voucher' | 'social_card' | 'id_card'

/** An insurance's settlement of an order (docs/contracts/desk.md, 2.1). */
export interface Settlement {
  id: string
  order_id: string
  order_no: string
  order_kind: string
  subject_id: string
  patient: Patient | null
  medium_name: string
  class_name: string
  standing: string
  tone: Tone
  title: string
  advice: string
  reason: string
  settled: boolean
  may_confirm: boolean
  may_stop: boolean
  may_refund: boolean
  total_fen: number
  pooled_fen: number | null
  personal_account_fen: number | null
  other_fen: number | null
  own_fen: number | null
  use_account: boolean
  account_balance_fen: number | null
  why: { name: string, fen: number, text: string }[]
  begun_at: string
}

export interface Refunded {
  order_no: string
  amount_fen: number
  left_fen: number
}

/** What became of something that the hospital was asked to take back. */
export interface Withdrawn {
  id: string
  order_no: string
  amount_fen: number
  left_fen: number
  state: string
  tone: Tone
  title: string
  advice: string
  settled: boolean
}

export interface Booked {
  id: string
  number: string
  department: string
  doctor: string
  starts_at: string
  paid_fen: number
  state: string
  state_title: string
  state_detail: string
  can_cancel: boolean
  refused: string | null
  settled: boolean
}

export interface PaidFees {
  id: string
  order_no: string
  department: string
  doctor: string
  visit_date: string
  left_fen: number
}

export interface PaidDeposit {
  id: string
  order_no: string
  inpatient_no: string
  ward: string
  bed: string
  left_fen: number
}

export interface FeeLine {
  bill_no: string
  bill_title: string
  line_no: string
  name: string
  amount_fen: number
  refundable: boolean
  reason: string
}

export interface Stay {
  inpatient_no: string
  ward: string
  bed: string
  deposit_open: boolean
  deposit_note: string
  balance_fen: number | null
  min_fen: number
  max_fen: number
}

export interface Line {
  payment_id: string
  order_id: string
  order_no?: string
  order_kind?: string
  subject_id?: string
  patient: string
  device?: string
  operator?: string | null
  kind_name: string
  amount_fen: number
  refund_fen?: number
  standing: string
  tone: Tone
  title: string
  at: string
}

export interface Day {
  sums: { count: number, fen: number, refund_count: number, refund_fen: number }
  items: Line[]
}

export interface DaySums {
  count: number
  fen: number
  refund_count: number
  refund_fen: number
  refund_open_fen: number
}

/** What every desk took on a day: `ways` and `shifts` each add up to `sums`. */
export interface DayOfDesks {
  day: string
  sums: DaySums
  ways: { kind: string, kind_name: string, sums: DaySums }[]
  shifts: {
    device: string
    device_name: string
    operator: string | null
    operator_name: string | null
    first_at: string
    last_at: string
    sums: DaySums
  }[]
  items: Line[]
  next_cursor: string | null
}

export interface Kind {
  kind: string
  name: string
  prefixes: string[]
  shortest: number
  longest: number
}

export interface Said {
  name: string
  tone: Tone
  title: string
  advice: string
}

export interface Words {
  kinds: Kind[]
  shows_code: boolean
  standings: Said[]
  refusals: Said[]
  wait_seconds: number
}

export interface Problem {
  code: string
  title: string
  detail: string
}
