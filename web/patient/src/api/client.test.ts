import { describe, expect, it, vi } from 'vitest'

vi.mock('@/platform/http', () => ({ sendRequest: vi.fn() }))
vi.mock('@/platform/origin', () => ({ apiOrigin: () => '' }))

import { sendRequest } from '@/platform/http'
import { ApiProblem } from './problem'
import { get, headersFor, identify, post, queryString, randomId, type Identity } from './client'

const who: Identity = { ready: () => Promise.resolve(), locale: () => 'en', csrfToken: () => 'c', bearer: () => null, onSignedOut: () => Promise.resolve(false) }

describe('queryString', () => {
  it('leaves out what is not given and encodes the rest', () => {
    expect(queryString({ q: '心内 科', date: undefined, campus_id: '', n: 0 })).toBe('?q=%E5%BF%83%E5%86%85%20%E7%A7%91&n=0')
    expect(queryString(undefined)).toBe('')
  })
})

describe('headersFor', () => {
  it('sends the CSRF token on writes only', () => {
    expect(headersFor('GET', {}, 'r', who)['X-CSRF-Token']).toBeUndefined()
    expect(headersFor('POST', {}, 'r', who)['X-CSRF-Token']).toBe('c')
  })
  it('names the language, the request and the act', () => {
    expect(headersFor('POST', { idempotencyKey: 'k', body: {} }, 'r', who)).toMatchObject({
      'Accept-Language': 'en', 'X-Request-Id': 'r', 'Idempotency-Key': 'k', 'Content-Type': 'application/json',
    })
  })
  it('bears the token of a mini program', () => {
    expect(headersFor('GET', {}, 'r', { ...who, bearer: () => 't' }).Authorization).toBe('Bearer t')
  })
})

describe('request', () => {
  it('gives the body of a success', async () => {
    vi.mocked(sendRequest).mockResolvedValueOnce({ kind: 'answer', status: 200, body: { items: [] }, requestId: '' })
    await expect(get('/campuses')).resolves.toEqual({ items: [] })
  })
  it('tells the session about 401 and throws', async () => {
    const onSignedOut = vi.fn(() => Promise.resolve(false))
    identify({ ...who, onSignedOut })
    vi.mocked(sendRequest).mockResolvedValueOnce({ kind: 'answer', status: 401, body: { code: 'accounts.sign_in_required', title: 't', detail: 'd' }, requestId: 'q' })
    await expect(get('/patients')).rejects.toMatchObject({ code: 'accounts.sign_in_required', requestId: 'q' })
    expect(onSignedOut).toHaveBeenCalledOnce()
  })
  it('is made once more when somebody has signed in again', async () => {
    const refused = { kind: 'answer' as const, status: 401, body: { code: 'accounts.sign_in_required', title: 't', detail: 'd' }, requestId: 'q' }
    let token = 'old'
    identify({ ...who, bearer: () => token, onSignedOut: () => { token = 'new'; return Promise.resolve(true) } })
    vi.mocked(sendRequest).mockResolvedValueOnce(refused).mockResolvedValueOnce({ kind: 'answer', status: 200, body: 1, requestId: '' })
    await expect(get('/patients')).resolves.toBe(1)
    expect(vi.mocked(sendRequest).mock.lastCall?.[0].headers.Authorization).toBe('Bearer new')
    vi.mocked(sendRequest).mockResolvedValueOnce(refused).mockResolvedValueOnce(refused)
    await expect(get('/patients')).rejects.toMatchObject({ status: 401 })
    identify(who)
  })
  it('waits for the bootstrap answer and fails with it', async () => {
    const gone = new ApiProblem(0, 'client.offline', '', '', 'b')
    identify({ ...who, ready: () => Promise.reject(gone) })
    await expect(get('/patients')).rejects.toBe(gone)
    identify(who)
  })
  it('separates no network from no answer in time', async () => {
    vi.mocked(sendRequest).mockResolvedValueOnce({ kind: 'none', timedOut: true })
    await expect(post('/appointments')).rejects.toMatchObject({ code: 'client.timeout', status: 0 })
    vi.mocked(sendRequest).mockResolvedValueOnce({ kind: 'none', timedOut: false })
    await expect(post('/appointments')).rejects.toMatchObject({ code: 'client.offline' })
  })
})

describe('randomId', () => {
  it('has the form of a UUID of version 4', () => {
    expect(randomId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})
