import type { Registration } from '@/api/types'

export type Period = 'half' | 'year' | 'all'
export type StateFilter = Registration['state'] | 'all'

export interface Month { key: string; year: number; month: number; items: Registration[]; paidFen: number }

/** First day of the asked period (2026-05-25), or null for all. */
export function fromDate(period: Period, today: string): string | null {
  if (period === 'all') return null
  const date = new Date(`${today}T00:00:00Z`)
  date.setUTCMonth(date.getUTCMonth() - (period === 'half' ? 6 : 12))
  return date.toISOString().slice(0, 10)
}

export function filtered(items: readonly Registration[], state: StateFilter): Registration[] {
  return state === 'all' ? [...items] : items.filter((item) => item.state === state)
}

const moment = (item: Registration) => `${item.date} ${item.start ?? '00:00'}`
const COUNTED: readonly Registration['state'][] = ['booked', 'done', 'no_show']

/** What is still to come, soonest first; and what is past, newest first, by month with what was paid. */
export function arranged(items: readonly Registration[], today: string): { upcoming: Registration[]; months: Month[] } {
  const ahead = (item: Registration) => item.state === 'booked' && item.date >= today
  const upcoming = items.filter(ahead).sort((a, b) => moment(a).localeCompare(moment(b)))
  const months = new Map<string, Month>()
  for (const item of items.filter((one) => !ahead(one)).sort((a, b) => moment(b).localeCompare(moment(a)))) {
    const key = item.date.slice(0, 7)
    const month = months.get(key) ?? { key, year: Number(key.slice(0, 4)), month: Number(key.slice(5)), items: [], paidFen: 0 }
    month.items.push(item)
    if (COUNTED.includes(item.state)) month.paidFen += item.fee_fen
    months.set(key, month)
  }
  return { upcoming, months: [...months.values()] }
}

export const TONES: Record<Registration['state'], 'ok' | 'mute' | 'err' | 'info' | 'warn'> = {
  booked: 'ok', done: 'mute', cancelled: 'mute', no_show: 'err', stopped: 'warn', refunded: 'info',
}
