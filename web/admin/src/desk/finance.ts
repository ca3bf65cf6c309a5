import { reactive } from 'vue'

import { server } from './server'
import { desk, doing } from './session'
import { t } from './texts'
import type { DayOfDesks } from './types'

/** The day on finance's screen. */
export const books = reactive({ day: '', found: null as DayOfDesks | null })

export const pieces = (count: number) => t(count === 1 ? 'piece' : 'pieces', count)

/** Another day, or the same one again; an answer for a day that was left meanwhile is not shown. */
export const show = (day: string) => doing(async () => {
  books.day = day
  const found = await server.dayOfDesks(day, null)
  if (books.day === day) books.found = found
})

/** The day on which this person signed in is shown first. */
export function begin(): Promise<void> {
  books.found = null
  return show((desk.shift?.began_at ?? '').slice(0, 10))
}

export const more = () => doing(async () => {
  const before = books.found
  if (!before?.next_cursor) return
  const page = await server.dayOfDesks(before.day, before.next_cursor)
  // The sums are the newest; what was taken since stands above, and is seen when the day is read again.
  if (books.found === before) books.found = { ...page, items: [...before.items, ...page.items] }
})

/** `days` later (or earlier), as a calendar has it: no clock and no zone is asked. */
export function shifted(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`)
  at.setUTCDate(at.getUTCDate() + days)
  return at.toISOString().slice(0, 10)
}

export const download = () => doing(async () => {
  const address = URL.createObjectURL(await server.daySheet(books.day))
  const link = document.createElement('a')
  link.href = address
  link.download = `desks-${books.day}.csv`
  link.click()
  URL.revokeObjectURL(address)
})
