import { describe, expect, it } from 'vitest'

import { ApiProblem, isProblem, problemFrom } from './problem'

describe('problemFrom', () => {
  it('keeps what the server said', () => {
    const problem = problemFrom(409, {
      status: 409, code: 'booking.slot_full', title: '这个时段刚刚约满了', detail: '没有扣费。', request_id: '01h', fields: [{ field: 'slot_id', message: '换一个' }],
    }, 'x')
    expect(problem).toMatchObject({ status: 409, code: 'booking.slot_full', requestId: '01h' })
    expect(problem.fields[0]?.field).toBe('slot_id')
    expect(problem.unanswered).toBe(false)
  })

  it('does not trust a body of another shape', () => {
    const problem = problemFrom(502, '<html>bad gateway</html>', 'rid')
    expect(problem).toMatchObject({ code: 'client.unreadable', title: '', requestId: 'rid' })
  })

  it('knows that no answer is an outcome of its own', () => {
    expect(new ApiProblem(0, 'client.timeout', '', '', 'r').unanswered).toBe(true)
    expect(isProblem(new Error('x'))).toBe(false)
  })
})
