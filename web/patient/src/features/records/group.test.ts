import { describe, expect, it } from 'vitest'

import type { Registration } from '@/api/types'
import { arranged, filtered, fromDate } from './group'

const one = (date: string, state: Registration['state'], start: string | null = '09:00', fee = 1000): Registration => ({
  registration_no: `${date}${start}`, date, start, department: '眼科', department_en: '', doctor: null, doctor_en: null, campus: '本部', campus_en: '',
  source: 'window', source_title: '窗口', state, state_title: '', fee_fen: fee, appointment_id: null,
})

describe('registrations', () => {
  it('puts what is to come first, soonest at the top', () => {
    const { upcoming } = arranged([one('2026-11-27', 'booked'), one('2026-11-25', 'booked', '15:00'), one('2026-11-25', 'booked', '09:00')], '2026-11-25')
    expect(upcoming.map((item) => `${item.date} ${item.start}`)).toEqual(['2026-11-25 09:00', '2026-11-25 15:00', '2026-11-27 09:00'])
  })

  it('groups the past by month, newest first, and adds up what was paid', () => {
    const { upcoming, months } = arranged(
      [one('2026-09-03', 'no_show'), one('2026-11-20', 'done', null), one('2026-11-23', 'refunded'), one('2026-11-24', 'done')], '2026-11-25',
    )
    expect(upcoming).toEqual([])
    expect(months.map(({ key, items, paidFen }) => [key, items.length, paidFen])).toEqual([['2026-11', 3, 2000], ['2026-09', 1, 1000]])
    expect(months[0]?.items[0]?.date).toBe('2026-11-24')
  })

  it('keeps a missed booking in the past and a cancelled future one too', () => {
    const { upcoming, months } = arranged([one('2026-11-20', 'booked'), one('2026-12-20', 'cancelled')], '2026-11-25')
    expect(upcoming).toEqual([])
    expect(months.map((month) => month.key)).toEqual(['2026-12', '2026-11'])
  })

  it('filters and knows where a period starts', () => {
    expect(filtered([one('2026-11-20', 'done'), one('2026-11-21', 'no_show')], 'no_show')).toHaveLength(1)
    expect(fromDate('half', '2026-11-25')).toBe('2026-05-25')
    expect(fromDate('year', '2026-11-25')).toBe('2025-11-25')
    expect(fromDate('all', '2026-11-25')).toBeNull()
  })
})
