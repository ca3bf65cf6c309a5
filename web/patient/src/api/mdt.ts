import { get, post } from './client'
import { uploadFile } from './upload'
import type { Items, MdtApplication, MdtDocument, MdtTeam } from './types'

const of = (id: string) => `/mdt/applications/${encodeURIComponent(id)}`

export const listTeams = () => get<Items<MdtTeam>>('/mdt/teams')
export const getTeam = (id: string) => get<MdtTeam>(`/mdt/teams/${encodeURIComponent(id)}`)

export const uploadDocument = (path: string) => uploadFile<MdtDocument>('/mdt/documents', path)

export interface NewMdtApplication {
  team_id: string
  patient_id: string
  summary: string
  document_ids: string[]
  agreements: string[]
}

export const applyForMdt = (application: NewMdtApplication, idempotencyKey: string) =>
  post<MdtApplication>('/mdt/applications', application, { idempotencyKey })

export const listApplications = () => get<Items<MdtApplication>>('/mdt/applications')
export const getApplication = (id: string) => get<MdtApplication>(of(id))
export const supplementApplication = (id: string, more: { summary?: string; document_ids: string[] }) =>
  post<MdtApplication>(`${of(id)}/supplement`, more)
export const withdrawApplication = (id: string) => post<MdtApplication>(`${of(id)}/withdraw`)
