import { describe, expect, it } from 'vitest'

import { stayDay, typedFen, wholeYuan } from './amount'

const stay = { min_fen: 10_000, max_fen: 2_000_000, left_today_fen: 150_000 }

describe('the sum of a deposit', () => {
  it('is whole yuan within the limits', () => {
    expect(typedFen('1000', stay)).toBe(100_000)
    for (const wrong of ['', '99', '1501', '20.5', '-1', '1e3', '1 000']) expect(typedFen(wrong, stay), wrong).toBeNull()
  })
  it('is written without fen', () => {
    expect([wholeYuan(2_000_000), wholeYuan(50_000)]).toEqual(['20,000', '500'])
  })
})

describe('the day of a stay', () => {
  it('begins with the day of admission', () => {
    expect(stayDay('2026-11-18', Date.parse('2026-11-18T08:00:00+08:00'))).toBe(1)
    expect(stayDay('2026-11-18', Date.parse('2026-11-23T10:00:00+08:00'))).toBe(6)
  })
})
