import { describe, expect, it } from 'vitest'

import { searchable } from './search'

describe('searchable', () => {
  it.each([['心', true], ['x', false], ['xn', true], [' x ', false], ['', false]])('%s → %s', (words, answer) => {
    expect(searchable(words)).toBe(answer)
  })
})
