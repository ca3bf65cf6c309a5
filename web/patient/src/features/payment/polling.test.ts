import { describe, expect, it, vi } from 'vitest'

vi.mock('@/stores/preferences', () => ({ usePreferences: () => ({ locale: 'zh-CN' }) }))

import type { Appointment, Order } from '@/api/types'
import { texts } from '@/i18n'
import { orderFace } from './order-view'
import { shouldAsk, verdict } from './polling'

const order = (state: Order['state']) => ({ state } as Order)
const appointment = (state: Appointment['state']) => ({ state } as Appointment)

describe('asking the channel', () => {
  it('is done at once and then ever less often', () => {
    expect(shouldAsk(0, null)).toBe(true)
    expect(shouldAsk(2_000, 0)).toBe(false)
    expect(shouldAsk(4_000, 0)).toBe(true)
    expect(shouldAsk(8_000, 4_000)).toBe(false)
    expect(shouldAsk(31_000, 20_500)).toBe(true)
  })
})

describe('verdict', () => {
  it('waits while the hospital has not answered', () => {
    expect(verdict(order('paid'), appointment('confirming'))).toBe('wait')
    expect(verdict(order('paying'), appointment('awaiting_payment'))).toBe('wait')
    expect(verdict(null, null)).toBe('wait')
  })
  it('knows the ends', () => {
    expect(verdict(order('paid'), appointment('booked'))).toBe('settled')
    expect(verdict(order('refunded'), appointment('not_booked_refunded'))).toBe('settled')
    expect(verdict(order('unpaid'), appointment('awaiting_payment'))).toBe('unpaid')
  })
})

describe('verdict on an order', () => {
  it('has words for every state', () => {
    const states: Order['state'][] = ['unpaid', 'paying', 'paid', 'closing', 'closed', 'refunding', 'partly_refunded', 'refunded']
    for (const state of states) expect(orderFace(state, texts('zh-CN')).title, state).not.toBe('')
    expect(orderFace('paid', texts('zh-CN'))).toEqual({ title: '支付成功', tone: 'ok', icon: 'check' })
    expect(orderFace('paying', texts('zh-CN')).tone).toBe('warn')
  })
})
