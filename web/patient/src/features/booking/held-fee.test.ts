import { describe, expect, it } from 'vitest'

import { feeParts, turnOf } from './held-fee'

const NOW = Date.parse('2026-11-23T19:06:00+08:00')
const later = '2026-11-23T19:18:00+08:00'

describe('feeParts', () => {
  it('leaves the own part as the rest', () => {
    const parts = feeParts({ total_fen: 3000, pooled_fen: 1500, personal_account_fen: 500, other_fen: 0 })
    expect(parts.map((part) => part.key)).toEqual(['total', 'pooled', 'account'])
    expect(parts.reduce((left, part) => (part.key === 'total' ? part.fen : left - part.fen), 0)).toBe(1000)
  })
  it('says so where the fund pays nothing', () => {
    expect(feeParts({ total_fen: 3000, pooled_fen: 0, personal_account_fen: 0, other_fen: 0 }).map((part) => part.fen)).toEqual([3000, 0])
  })
})

describe('turnOf', () => {
  it('carries the choice made before the hold', () => {
    expect(turnOf(null, true, NOW)).toBe('presettle')
    expect(turnOf(null, false, NOW)).toBe('pay')
  })
  it('confirms only a split that is still good', () => {
    expect(turnOf({ state: 'presettled', valid_until: later }, false, NOW)).toBe('confirm')
    expect(turnOf({ state: 'presettled', valid_until: '2026-11-23T19:05:00+08:00' }, false, NOW)).toBe('presettle')
  })
  it('never offers to pay oneself beside an insurance in hand or refused', () => {
    for (const state of ['settling', 'settled', 'dropping', 'refused', 'done'] as const) expect(turnOf({ state, valid_until: later }, true, NOW)).toBe('look')
  })
  it('begins anew after one that was given up', () => {
    expect(turnOf({ state: 'dropped', valid_until: null }, false, NOW)).toBe('pay')
    expect(turnOf({ state: 'dropped', valid_until: null }, true, NOW)).toBe('presettle')
  })
})
