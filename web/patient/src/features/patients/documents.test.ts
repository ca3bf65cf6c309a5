import { describe, expect, it } from 'vitest'

import { carried, checkCharacter, checkNumber, dateOf, groupedNumber, phoneFinding, plainNumber, yearsBetween } from './documents'

const today = '2026-11-25'
// Made up: area codes that exist, check characters computed by hand from GB 11643.
const ID = '11010519491231002X'

describe('citizen numbers', () => {
  it('computes the check character of the standard’s own example', () => {
    expect(checkCharacter('11010519491231002')).toBe('X')
    expect(checkNumber('mainland_id', ID, today)).toBeNull()
    expect(checkNumber('mainland_id', '1101 0519 4912 3100 2x', today)).toBeNull()
  })

  it.each([
    ['', { kind: 'missing', left: 18 }],
    ['11010519491231', { kind: 'missing', left: 4 }],
    ['110105194912310021', { kind: 'sum' }],
    ['11010519491331002X', { kind: 'date' }],
    ['11010520991231002X', { kind: 'date' }],
    ['11O105', { kind: 'digits' }],
    ['810000199408230021', { kind: 'notMainland' }],
    [`${ID}1`, { kind: 'tooLong' }],
  ])('%s', (typed, finding) => {
    expect(checkNumber('mainland_id', typed, today)).toEqual(finding)
  })

  it('residence permits have their own areas and the same checksum', () => {
    const permit = `81000019940823002${checkCharacter('81000019940823002')}`
    expect(checkNumber('residence_permit', permit, today)).toBeNull()
    expect(checkNumber('residence_permit', ID, today)).toEqual({ kind: 'area' })
    expect(carried('residence_permit', permit, today)).toEqual({ birth: '1994-08-23', sex: 'female' })
  })

  it('carries birth date and sex only when whole', () => {
    expect(carried('mainland_id', ID, today)).toEqual({ birth: '1949-12-31', sex: 'female' })
    expect(carried('mainland_id', ID.slice(0, 17), today)).toBeNull()
    expect(carried('passport', 'E12345678', today)).toBeNull()
  })
})

describe('other documents', () => {
  it.each([
    ['hk_macao_permit', 'H12345678', true], ['hk_macao_permit', 'm1234567890', true], ['hk_macao_permit', 'A12345678', false],
    ['taiwan_permit', '12345678', true], ['taiwan_permit', '1234567', false],
    ['passport', 'E1234567', true], ['passport', 'AB', false],
    ['none_child', '', true],
  ] as const)('%s %s', (type, typed, fine) => {
    expect(checkNumber(type, typed, today) === null).toBe(fine)
  })
})

describe('typing', () => {
  it('makes the text plain and groups it by four', () => {
    expect(plainNumber(' １１0105 1949-12 31002x')).toBe(ID)
    expect(groupedNumber('mainland_id', '110105194')).toBe('1101 0519 4')
    expect(groupedNumber('passport', 'e1234 567')).toBe('E1234567')
  })
  it('knows dates and ages', () => {
    expect(dateOf('20240229', today)).toBe('2024-02-29')
    expect(dateOf('20230229', today)).toBeNull()
    expect(yearsBetween('2008-11-25', today)).toBe(18)
    expect(yearsBetween('2008-11-26', today)).toBe(17)
  })
  it('counts the digits of a phone', () => {
    expect(phoneFinding('138')).toEqual({ left: 8 })
    expect(phoneFinding('13800138000')).toBeNull()
    expect(phoneFinding('238')).toBe('bad')
    expect(phoneFinding('+852 6123 4567')).toBeNull()
  })
})
