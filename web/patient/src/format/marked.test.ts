import { describe, expect, it } from 'vitest'

import { marked } from './marked'

describe('texts of agreements', () => {
  it('are paragraphs with strong words', () => {
    expect(marked('**一。** 甲\n\n乙\n丙')).toEqual([[{ text: '一。', strong: true }, { text: ' 甲', strong: false }], [{ text: '乙\n丙', strong: false }]])
    expect(marked('')).toEqual([])
  })
})
