import { describe, expect, it } from 'vitest'

import type { Appointment } from '@/api/types'
import { inOrder, pageOf, toneOf } from './states'

const one = (id: string, starts: string, state: Appointment['state'] = 'booked') => ({ id, state, slot: { starts_at: starts } }) as Appointment

describe('bookings', () => {
  it('leads an unpaid booking to its hold page', () => {
    expect(pageOf(one('a', '', 'awaiting_payment')).page).toBe('/pages/booking/hold')
    expect(pageOf(one('a', '')).page).toBe('/pages/booking/appointment')
  })
  it('sorts by time', () => {
    const items = [one('late', '2026-11-27T09:00:00+08:00'), one('soon', '2026-11-25T09:00:00+08:00')]
    expect(inOrder(items, 'soonest').map((item) => item.id)).toEqual(['soon', 'late'])
    expect(inOrder(items, 'newest').map((item) => item.id)).toEqual(['late', 'soon'])
  })
  it('has a tone for every state', () => {
    expect(toneOf('booked')).toBe('ok')
    expect(toneOf('expired')).toBe('mute')
  })
})
