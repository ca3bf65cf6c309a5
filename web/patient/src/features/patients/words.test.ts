import { describe, expect, it, vi } from 'vitest'

vi.mock('@/stores/preferences', () => ({ usePreferences: () => ({ locale: 'zh-CN' }) }))

import { texts } from '@/i18n'
import { cardTail, patientLine } from './words'

describe('patients in words', () => {
  it('say sex and age, and only what is known', () => {
    expect(patientLine({ sex: 'male', age: 67 }, texts('zh-CN'))).toBe('男 · 67 岁')
    expect(patientLine({ sex: 'unknown', age: 1 }, texts('zh-CN'))).toBe('1 岁')
    expect(patientLine({ sex: 'female', age: 0 }, texts('zh-CN'))).toBe('女 · 不满 1 岁')
    expect(patientLine({ sex: 'unknown', age: 1 }, texts('en'))).toBe('1 year')
  })
  it('show the last four of the card', () => {
    expect(cardTail('******8067', texts('zh-CN'))).toBe('卡尾号 8067')
    expect(cardTail(null, texts('zh-CN'))).toBe('')
  })
})
