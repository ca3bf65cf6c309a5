import { describe, expect, it } from 'vitest'

import { minutesSeconds, spokenMark } from './countdown'

describe('spoken countdown', () => {
  it('speaks once at 5, 2 and 1 minutes', () => {
    expect(spokenMark(300_500, 299_500)).toBe(5)
    expect(spokenMark(299_500, 298_500)).toBeNull()
    expect(spokenMark(120_001, 120_000)).toBe(2)
    expect(spokenMark(60_001, 59_000)).toBe(1)
  })
  it('after a long sleep says only the nearest mark, and nothing at the end', () => {
    expect(spokenMark(400_000, 50_000)).toBe(1)
    expect(spokenMark(400_000, 0)).toBeNull()
  })
  it('splits the time left', () => {
    expect(minutesSeconds(766_000)).toEqual({ minutes: 12, seconds: 46 })
    expect(minutesSeconds(-1)).toEqual({ minutes: 0, seconds: 0 })
  })
})
