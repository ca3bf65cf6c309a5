export const MAX_BYTES = 5 * 1024 * 1024
export const MAX_DOCUMENTS = 9

export interface Attached { key: string; name: string; size: number; state: 'uploading' | 'done' | 'failed'; documentId: string | null; message: string }

/** How many of the chosen files still fit. */
export const roomFor = (present: number, chosen: number) => Math.max(0, Math.min(chosen, MAX_DOCUMENTS - present))

export const isTooBig = (size: number) => size > MAX_BYTES

export const uploadedIds = (documents: readonly Attached[]): string[] =>
  documents.flatMap((document) => (document.state === 'done' && document.documentId ? [document.documentId] : []))

/** Nothing is sent while a file is on its way. */
export const isUploading = (documents: readonly Attached[]) => documents.some((document) => document.state === 'uploading')

const LEAST_SUMMARY = 10

export const summaryIsEnough = (summary: string) => summary.trim().length >= LEAST_SUMMARY
