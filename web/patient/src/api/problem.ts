import type { Problem } from './types'

/** Codes this side gives to what never reached the server or never came back whole. */
export type LocalCode = 'client.offline' | 'client.timeout' | 'client.unreadable'

/** An answer that is not a success. `title` and `detail` of a server problem are ready to show, in the asked language. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly requestId: string,
    readonly fields: readonly { field: string; message: string }[] = [],
    readonly params: Readonly<Record<string, unknown>> = {},
  ) {
    super(`${code} (${status})`)
    this.name = 'ApiProblem'
  }

  /** True when no answer arrived: nothing is known about what the server did. */
  get unanswered(): boolean {
    return this.status === 0
  }
}

export const isProblem = (error: unknown): error is ApiProblem => error instanceof ApiProblem

function looksLikeProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'title' in body
}

/**
 * Turn an HTTP answer outside 2xx into an ApiProblem.
 *
 * A body that is not a problem (a proxy's own page, for example) becomes `client.unreadable` with empty texts; the
 * page fills in its own words for it.
 */
export function problemFrom(status: number, body: unknown, requestId: string): ApiProblem {
  if (looksLikeProblem(body)) {
    return new ApiProblem(
      status, body.code, body.title, body.detail, body.request_id || requestId, body.fields ?? [], body.params ?? {},
    )
  }
  return new ApiProblem(status, 'client.unreadable', '', '', requestId)
}
