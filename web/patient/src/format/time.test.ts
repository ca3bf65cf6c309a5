import { describe, expect, it } from 'vitest'

import { age, clock, clockSeconds, countdown, daysBetween, isoDate, longDay, monthDay, nearTime, shortDay, span, spokenClock, weekday } from './time'

const at = '2026-11-25T09:00:00+08:00'

describe('dates in hospital time', () => {
  it('does not depend on the zone of the phone', () => {
    expect(isoDate('2026-11-24T16:30:00Z')).toBe('2026-11-25')
    expect(clock('2026-11-24T16:30:00Z')).toBe('00:30')
    expect(clockSeconds('2026-11-24T16:30:07Z')).toBe('00:30:07')
  })
  it('writes days in both languages', () => {
    expect(longDay(at, 'zh-CN')).toBe('11 月 25 日 周三')
    expect(longDay('2026-11-25', 'en')).toBe('Wed 25 Nov')
    expect(shortDay(at, 'zh-CN')).toBe('11-25 周三')
    expect(monthDay(at, 'en')).toBe('25 Nov')
    expect(weekday('2026-11-29', 'zh-CN')).toBe('周日')
  })
  it('says today and tomorrow', () => {
    const now = Date.parse('2026-11-24T23:50:00+08:00')
    expect(nearTime(at, now, 'zh-CN')).toBe('明天 09:00')
    expect(nearTime(at, now, 'en')).toBe('tomorrow 09:00')
    expect(nearTime('2026-11-24T19:00:00+08:00', now, 'zh-CN')).toBe('今天 19:00')
    expect(nearTime('2026-11-30T19:00:00+08:00', now, 'zh-CN')).toBe('11-30 周一 19:00')
    expect(daysBetween(now, at)).toBe(1)
  })
})

describe('durations', () => {
  it('counts down without going below zero', () => {
    expect(countdown(766_000)).toBe('12:46')
    expect(countdown(999)).toBe('00:01')
    expect(countdown(-5)).toBe('00:00')
  })
  it('gives the age of a figure', () => {
    expect(age(8000, 'zh-CN')).toBe('8 秒前')
    expect(age(8 * 60_000, 'en')).toBe('8 min ago')
    expect(age(3 * 3600_000, 'zh-CN')).toBe('3 小时前')
    expect(age(50 * 3600_000, 'en')).toBe('2 d ago')
  })
  it('speaks clock times and writes spans', () => {
    expect(spokenClock('09:30')).toBe('9 点半')
    expect(spokenClock('10:00')).toBe('10 点')
    expect(spokenClock('10:15')).toBe('10 点 15 分')
    expect(span('09:00', '09:30')).toBe('09:00–09:30')
  })
})
