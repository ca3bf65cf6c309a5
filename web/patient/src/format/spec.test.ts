import { describe, expect, it } from 'vitest'

import { specIn } from './spec'

describe('specIn', () => {
  it('says the unit in English', () => {
    expect(specIn('10mg×28片', 'en')).toBe('10mg × 28 tablets')
    expect(specIn('0.5g×24粒', 'en')).toBe('0.5g × 24 capsules')
  })
  it('leaves everything else', () => {
    expect(specIn('10mg×28片', 'zh-CN')).toBe('10mg×28片')
    expect(specIn('100ml', 'en')).toBe('100ml')
  })
})
