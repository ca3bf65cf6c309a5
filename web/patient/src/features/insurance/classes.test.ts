import { describe, expect, it } from 'vitest'

import type { InsuranceClass } from '@/api/types'
import { commonest, ONESELF, shelves } from './classes'

const one = (code: string, on = true): InsuranceClass => ({ code, name: code, on, reason: on ? '' : 'not here', instead: '', needs: [] })
const CODES = ['gz_employee', 'city_direct', 'province_direct', 'in_province']

describe('shelves', () => {
  it('shows a few at once and hides none for good', () => {
    const { first, more, closed } = shelves([...CODES.map((code) => one(code)), one('out_of_province', false)], ONESELF)
    expect(first.map((each) => each.code)).toEqual(['gz_employee', 'city_direct'])
    expect([...first, ...more].map((each) => each.code)).toEqual(CODES)
    expect(closed.map((each) => each.code)).toEqual(['out_of_province'])
  })
  it('never hides what is chosen', () => {
    expect(shelves(CODES.map((code) => one(code)), 'in_province').first.map((each) => each.code)).toContain('in_province')
  })
  it('has nothing to choose where all is closed', () => {
    expect(shelves([one('gz_employee', false)], ONESELF)).toMatchObject({ first: [], more: [] })
  })
})

describe('commonest', () => {
  it('is the reason of most', () => {
    expect(commonest(['only a window', 'not yours', 'not yours'])).toBe('not yours')
    expect(commonest([])).toBe('')
  })
})
