import { describe, expect, it, vi } from 'vitest'

vi.mock('@/stores/preferences', () => ({ usePreferences: () => ({ locale: 'zh-CN' }) }))

import { ApiProblem } from '@/api/problem'
import { texts } from '@/i18n'
import { describeProblem, refusalOf } from './problem-text'

const t = texts('zh-CN')

describe('describeProblem', () => {
  it('lets the server speak where it spoke', () => {
    expect(describeProblem(new ApiProblem(409, 'booking.slot_full', '约满了', '没有扣费。', 'r'), t)).toEqual({ title: '约满了', detail: '没有扣费。' })
  })
  it.each(['client.offline', 'client.timeout', 'client.unreadable'])('has words of its own for %s, money included', (code) => {
    const said = describeProblem(new ApiProblem(0, code, '', '', 'r'), t)
    expect(said.title).not.toBe('')
    expect(said.detail).toMatch(/扣费/)
  })
})

describe('a refusal of what was typed', () => {
  const problem = (status: number, fields: { field: string; message: string }[] = []) => new ApiProblem(status, 'codes.wrong', '验证码不对', '还可以试 4 次。', 'r', fields)
  it('stands under its field', () => {
    expect(refusalOf(problem(422))).toBe('验证码不对。还可以试 4 次。')
    expect(refusalOf(problem(422, [{ field: 'code', message: '要 6 位' }]))).toBe('要 6 位')
    expect(refusalOf(new ApiProblem(422, 'codes.wrong', 'The code is not right', '4 tries are left.', 'r'))).toBe('The code is not right. 4 tries are left.')
    expect(refusalOf(problem(503))).toBe('')
    expect(refusalOf(problem(0))).toBe('')
  })
})
