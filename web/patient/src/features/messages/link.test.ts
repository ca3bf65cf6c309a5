import { describe, expect, it } from 'vitest'

import { messageIcon, messagePage } from './link'

describe('messages', () => {
  it('lead to pages this version has, and nowhere else', () => {
    expect(messagePage({ page: 'appointment', id: 'a1' })).toEqual({ page: '/pages/booking/appointment', query: { id: 'a1' } })
    expect(messagePage({ page: 'fees_again', id: 'x' })?.page).toBe('/pages/fees/index')
    expect(messagePage({ page: 'rocket', id: 'x' })).toBeNull()
    expect(messagePage(null)).toBeNull()
  })
  it('have a sign of their kind', () => {
    expect(messageIcon('refunded')).toBe('pay')
    expect(messageIcon('binding')).toBe('shield')
    expect(messageIcon('something new')).toBe('msg')
  })
})
