import { del, get, put } from './client'
import type { Campus, Clinic, ClinicKind, ClinicSlots, Clinics, DepartmentGroup, Doctor, Items, Page, SearchResult } from './types'

export const listCampuses = () => get<Items<Campus>>('/campuses')

export const listDepartments = (filter: { campus_id?: string | null; clinic_kind?: ClinicKind | null }) =>
  get<{ groups: DepartmentGroup[] }>('/departments', filter)

export const searchCatalog = (q: string) => get<SearchResult>('/search', { q })

export const listDoctors = (filter: { q?: string; department_id?: string; clinic_kind?: ClinicKind; cursor?: string }) =>
  get<Page<Doctor>>('/doctors', filter)

export const getDoctor = (id: string) => get<Doctor>(`/doctors/${encodeURIComponent(id)}`)

export const listDoctorClinics = (id: string) => get<Items<Clinic>>(`/doctors/${encodeURIComponent(id)}/clinics`)

export interface ClinicFilter {
  department_id?: string
  date?: string
  campus_id?: string
  clinic_kind?: ClinicKind
  doctor_id?: string
  mdt_team_id?: string
}

export const listClinics = (filter: ClinicFilter) => get<Clinics>('/clinics', { ...filter })

export const listSlots = (clinicId: string) => get<ClinicSlots>(`/clinics/${encodeURIComponent(clinicId)}/slots`)

export const setFavourite = (doctorId: string, on: boolean) =>
  on ? put<undefined>(`/favourites/${encodeURIComponent(doctorId)}`) : del<undefined>(`/favourites/${encodeURIComponent(doctorId)}`)
