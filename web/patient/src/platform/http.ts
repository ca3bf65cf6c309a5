export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Outgoing {
  method: Method
  url: string
  headers: Record<string, string>
  body?: unknown
  timeout: number
}

export type Answer =
  | { kind: 'answer'; status: number; body: unknown; requestId: string }
  | { kind: 'none'; timedOut: boolean }

function decode(body: unknown): unknown {
  if (typeof body !== 'string' || body === '') return body === '' ? undefined : body
  try {
    return JSON.parse(body) as unknown
  } catch {
    // Not JSON: a page of a proxy, for example. The caller sees the text and decides.
    return body
  }
}

function header(headers: Record<string, unknown> | undefined, name: string): string {
  const found = Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name)
  return found ? String(found[1]) : ''
}

/** The container of Alipay does not speak PATCH: the server takes the same as POST. */
function spoken(method: Method): 'GET' {
  // #ifdef MP-ALIPAY
  if (method === 'PATCH') return 'POST' as 'GET'
  // #endif
  // The type of uni.request lacks PATCH, the implementations have it.
  return method as 'GET'
}

/** Send over uni.request; never rejects. */
export function sendRequest(outgoing: Outgoing): Promise<Answer> {
  return new Promise((resolve) => {
    uni.request({
      url: outgoing.url,
      method: spoken(outgoing.method),
      header: outgoing.headers,
      data: outgoing.body as string | undefined,
      // Decoded here, so that a problem body (application/problem+json) is read everywhere.
      dataType: 'text',
      timeout: outgoing.timeout,
      success: (answer) => resolve({
        kind: 'answer',
        status: answer.statusCode,
        body: decode(answer.data),
        requestId: header(answer.header as Record<string, unknown>, 'x-request-id'),
      }),
      fail: (reason) => resolve({ kind: 'none', timedOut: /time\s?-?out/i.test(String(reason.errMsg ?? '')) }),
    })
  })
}

/** Send one file as multipart form data (`field` is its name in the form); never rejects. */
export function sendFile(url: string, field: string, path: string, headers: Record<string, string>, timeout: number): Promise<Answer> {
  return new Promise((resolve) => {
    uni.uploadFile({
      url, name: field, filePath: path, header: headers, timeout,
      success: (answer) => resolve({ kind: 'answer', status: answer.statusCode, body: decode(answer.data), requestId: '' }),
      fail: (reason) => resolve({ kind: 'none', timedOut: /time\s?-?out/i.test(String(reason.errMsg ?? '')) }),
    })
  })
}
