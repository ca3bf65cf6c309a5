import { describe, expect, it, vi } from 'vitest'

vi.mock('@/stores/preferences', () => ({ usePreferences: () => ({ locale: 'zh-CN' }) }))

import { texts } from '@/i18n'
import { isTooBig, isUploading, MAX_BYTES, roomFor, summaryIsEnough, uploadedIds, type Attached } from './documents'
import { applicationStages, applicationTone } from './stages'

const attached = (change: Partial<Attached>): Attached => ({ key: 'k', name: 'n', size: 1, state: 'done', documentId: 'd', message: '', ...change })

describe('documents', () => {
  it('are limited in number and size', () => {
    expect(roomFor(7, 5)).toBe(2)
    expect(roomFor(9, 1)).toBe(0)
    expect(isTooBig(MAX_BYTES)).toBe(false)
    expect(isTooBig(MAX_BYTES + 1)).toBe(true)
  })
  it('count when they have arrived', () => {
    const list = [attached({}), attached({ state: 'uploading', documentId: null }), attached({ state: 'failed', documentId: null })]
    expect(uploadedIds(list)).toEqual(['d'])
    expect(isUploading(list)).toBe(true)
  })
  it('come with a summary worth reading', () => {
    expect(summaryIsEnough('  肺结节  ')).toBe(false)
    expect(summaryIsEnough('体检发现右肺上叶结节半年')).toBe(true)
  })
})

describe('stages of an application', () => {
  it('follow its state', () => {
    const states = (state: Parameters<typeof applicationStages>[0]) => applicationStages(state, texts('zh-CN')).map((stage) => stage.state)
    expect(states('submitted')).toEqual(['done', 'now', 'next', 'next'])
    expect(states('more_wanted')).toEqual(['now', 'next', 'next', 'next'])
    expect(states('accepted')).toEqual(['done', 'done', 'now', 'next'])
    expect(states('booked')).toEqual(['done', 'done', 'done', 'now'])
    expect(states('declined')[1]).toBe('failed')
    expect(applicationTone('accepted')).toBe('ok')
  })
})
