import { sendFile } from '@/platform/http'
import { apiOrigin } from '@/platform/origin'
import { headersFor, outcome, randomId, whoAsks } from './client'

const UPLOAD_TIMEOUT = 60_000

/** Send one file as the form field `file`. Rejects like `request`. */
export async function uploadFile<T>(path: string, filePath: string): Promise<T> {
  await whoAsks().ready()
  const requestId = randomId()
  const headers = headersFor('POST', {}, requestId, whoAsks())
  return outcome<T>(await sendFile(`${apiOrigin()}/api${path}`, 'file', filePath, headers, UPLOAD_TIMEOUT), requestId)
}
