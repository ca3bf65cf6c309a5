import { describe, expect, it } from 'vitest'

import { heldVerification, keepVerification } from './verification'

describe('the verification under way', () => {
  it('is found by its id until it expires', () => {
    keepVerification({ id: 'v1', outcome: 'file_found', name: '陈*兰', document_number: '', ways: [], expires_at: '2026-11-25T10:00:00+08:00' })
    const before = Date.parse('2026-11-25T09:59:00+08:00')
    expect(heldVerification('v1', before)?.name).toBe('陈*兰')
    expect(heldVerification('v2', before)).toBeNull()
    expect(heldVerification('v1', before + 120_000)).toBeNull()
    keepVerification(null)
    expect(heldVerification('v1', before)).toBeNull()
  })
})
