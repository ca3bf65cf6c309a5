import { sendRequest, type Answer, type Method } from '@/platform/http'
import { apiOrigin } from '@/platform/origin'
import { ApiProblem, problemFrom } from './problem'

export interface Call {
  query?: Record<string, string | number | boolean | null | undefined>
  body?: unknown
  /** Milliseconds until the call is given up. */
  timeout?: number
  /** The same key sent twice is the same act: the server answers with the first result. */
  idempotencyKey?: string
}

/** What the session knows and every call needs; set once by the session store. */
export interface Identity {
  /** Resolves when the bootstrap answer is here (CSRF token, style, clock); rejects with its ApiProblem. */
  ready: () => Promise<unknown>
  locale: () => string
  csrfToken: () => string | null
  bearer: () => string | null
  /** Called for each answer 401. True: signed in again, the call may be made once more; else its error is thrown. */
  onSignedOut: () => Promise<boolean>
}

let identity: Identity = {
  ready: () => Promise.resolve(), locale: () => 'zh-CN', csrfToken: () => null, bearer: () => null, onSignedOut: () => Promise.resolve(false),
}

export function identify(with_: Identity): void {
  identity = with_
}

export const whoAsks = (): Identity => identity

const DEFAULT_TIMEOUT = 12_000

/** The one call that waits for nothing. */
export const BOOTSTRAP = '/bootstrap'

export function queryString(query: Call['query']): string {
  const parts = Object.entries(query ?? {})
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
  return parts.length ? `?${parts.join('&')}` : ''
}

/** A random identifier of 32 hexadecimal digits in UUID form; not a secret. */
export function randomId(random: () => number = Math.random): string {
  const digit = (bits: number) => Math.floor(random() * 2 ** bits).toString(16)
  return 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.replace(/[xy]/g, (mark) =>
    mark === 'x' ? digit(4) : (8 + Math.floor(random() * 4)).toString(16))
}

export function headersFor(method: Method, call: Call, requestId: string, who: Identity): Record<string, string> {
  const headers: Record<string, string> = {
    Accept: 'application/json, application/problem+json',
    'Accept-Language': who.locale(),
    'X-Request-Id': requestId,
  }
  const csrf = who.csrfToken()
  const bearer = who.bearer()
  if (method !== 'GET' && csrf) headers['X-CSRF-Token'] = csrf
  if (bearer) headers.Authorization = `Bearer ${bearer}`
  if (call.idempotencyKey) headers['Idempotency-Key'] = call.idempotencyKey
  if (call.body !== undefined) headers['Content-Type'] = 'application/json'
  return headers
}

/** The body of a success; anything else is thrown as ApiProblem. */
export function outcome<T>(answer: Answer, requestId: string): T {
  if (answer.kind === 'none') {
    throw new ApiProblem(0, answer.timedOut ? 'client.timeout' : 'client.offline', '', '', requestId)
  }
  if (answer.status >= 200 && answer.status < 300) return answer.body as T
  throw problemFrom(answer.status, answer.body, answer.requestId || requestId)
}

/** Send; where nobody was signed in (so that nothing was done) and somebody is now, send once more. */
export async function sendSignedIn(send: () => Promise<Answer>): Promise<Answer> {
  const answer = await send()
  const again = answer.kind === 'answer' && answer.status === 401 && (await identity.onSignedOut())
  return again ? send() : answer
}

/**
 * The one way to the server.
 *
 * Resolves with the decoded body (undefined for 204). Rejects with ApiProblem and with nothing else: an answer outside
 * 2xx, `client.offline` or `client.timeout` (status 0) when no answer arrived. Shows nothing to the user.
 */
export async function request<T>(method: Method, path: string, call: Call = {}): Promise<T> {
  if (path !== BOOTSTRAP) await identity.ready()
  const requestId = randomId()
  const answer = await sendSignedIn(() => sendRequest({
    method,
    url: `${apiOrigin()}/api${path}${queryString(call.query)}`,
    headers: headersFor(method, call, requestId, identity),
    body: call.body,
    timeout: call.timeout ?? DEFAULT_TIMEOUT,
  }))
  return outcome<T>(answer, requestId)
}

export const get = <T>(path: string, query?: Call['query'], call?: Omit<Call, 'query' | 'body'>) =>
  request<T>('GET', path, { ...call, query })
export const post = <T>(path: string, body?: unknown, call?: Omit<Call, 'body'>) =>
  request<T>('POST', path, { ...call, body: body ?? {} })
export const put = <T>(path: string, body?: unknown) => request<T>('PUT', path, { body: body ?? {} })
export const patch = <T>(path: string, body: unknown) => request<T>('PATCH', path, { body })
export const del = <T = undefined>(path: string) => request<T>('DELETE', path)
