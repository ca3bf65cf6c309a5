import { describe, expect, it } from 'vitest'

import { percents, stageOf } from './split'

describe('percents', () => {
  it('adds up to a hundred', () => {
    for (const parts of [[21252, 10000, 7388], [1, 1, 1], [0, 0, 5], [333, 333, 334]]) {
      expect(percents(parts).reduce((sum, part) => sum + part, 0)).toBe(100)
    }
  })
  it('is nothing of nothing', () => expect(percents([0, 0])).toEqual([0, 0]))
})

describe('stageOf', () => {
  it('never calls an unknown state paid', () => {
    expect(stageOf('stuck')).toBe('failed')
    expect(stageOf('settled')).toBe('checking')
    expect(stageOf('dropping')).toBe('checking')
    expect(stageOf('dropped')).toBe('failed')
    expect(stageOf('done')).toBe('done')
  })
})
