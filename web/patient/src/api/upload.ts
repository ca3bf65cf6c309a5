import { sendFile } from '@/platform/http'
import { apiOrigin } from '@/platform/origin'
import { headersFor, outcome, randomId, sendSignedIn, whoAsks } from './client'

const UPLOAD_TIMEOUT = 60_000

/** Send one file as the form field `file`. Rejects like `request`. */
export async function uploadFile<T>(path: string, filePath: string): Promise<T> {
  await whoAsks().ready()
  const requestId = randomId()
  const url = `${apiOrigin()}/api${path}`
  const answer = await sendSignedIn(() =>
    sendFile(url, 'file', filePath, headersFor('POST', {}, requestId, whoAsks()), UPLOAD_TIMEOUT))
  return outcome<T>(answer, requestId)
}
