import { ref } from 'vue'

import { randomId } from '@/api/client'
import { uploadDocument } from '@/api/mdt'
import { isProblem } from '@/api/problem'
import { useText } from '@/i18n'
import { pickFiles } from '@/platform/files'
import { describeProblem } from '@/ui/problem-text'
import { toast } from '@/ui/toast'
import { isTooBig, MAX_DOCUMENTS, roomFor, type Attached } from './documents'

/** Files chosen on the phone, sent one after another; a failed one says why and can be removed. */
export function useDocuments() {
  const { t } = useText()
  const documents = ref<Attached[]>([])

  const change = (key: string, part: Partial<Attached>) => {
    documents.value = documents.value.map((one) => (one.key === key ? { ...one, ...part } : one))
  }

  async function send(key: string, path: string, name: string) {
    try {
      const sent = await uploadDocument(path)
      change(key, { state: 'done', documentId: sent.id, name: sent.name || name, size: sent.size })
    } catch (error) {
      if (!isProblem(error)) throw error
      change(key, { state: 'failed', message: describeProblem(error, t.value).title })
    }
  }

  async function add() {
    const picked = await pickFiles(MAX_DOCUMENTS)
    const room = roomFor(documents.value.length, picked.length)
    if (room < picked.length) toast(t.value.mdt.tooMany)
    for (const file of picked.slice(0, room)) {
      if (isTooBig(file.size)) {
        toast(t.value.mdt.tooBig)
        continue
      }
      const key = randomId()
      documents.value = [...documents.value, { key, name: file.name, size: file.size, state: 'uploading', documentId: null, message: '' }]
      await send(key, file.path, file.name)
    }
  }

  function remove(key: string) {
    documents.value = documents.value.filter((one) => one.key !== key)
  }

  return { documents, add, remove }
}
