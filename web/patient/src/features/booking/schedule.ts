import type { Clinic } from '@/api/types'

export type Session = Clinic['session']

export interface DoctorDay { key: string; doctor: Clinic['doctor']; clinics: Clinic[] }

export interface ClinicFilters { onlyFree: boolean; session: Session | null; campusId: string | null }

const ORDER: Record<Session, number> = { morning: 0, all_day: 1, afternoon: 2, evening: 3 }

export function filterClinics(clinics: readonly Clinic[], filters: ClinicFilters): Clinic[] {
  return clinics.filter((clinic) =>
    clinic.state !== 'stopped'
    && (!filters.onlyFree || clinic.state === 'available' || clinic.state === 'released_later')
    && (!filters.session || clinic.session === filters.session || clinic.session === 'all_day')
    && (!filters.campusId || clinic.campus.id === filters.campusId))
}

/** One entry a doctor (ordinary clinics together at the end), clinics by time of day, those with places first. */
export function groupByDoctor(clinics: readonly Clinic[]): DoctorDay[] {
  const groups = new Map<string, DoctorDay>()
  for (const clinic of clinics) {
    const key = clinic.doctor?.id ?? `kind:${clinic.clinic_kind}`
    const group = groups.get(key) ?? { key, doctor: clinic.doctor, clinics: [] }
    group.clinics.push(clinic)
    groups.set(key, group)
  }
  const rank = (group: DoctorDay) => (group.clinics.some((clinic) => clinic.state === 'available') ? 0 : 2) + (group.doctor ? 0 : 1)
  const all = [...groups.values()]
  all.forEach((group) => group.clinics.sort((one, other) => ORDER[one.session] - ORDER[other.session]))
  return all.sort((one, other) => rank(one) - rank(other))
}

/** Names of doctors whose every clinic of the day is stopped. */
export function stoppedDoctors(clinics: readonly Clinic[]): NonNullable<Clinic['doctor']>[] {
  return groupByDoctor(clinics)
    .filter((group) => group.doctor && group.clinics.every((clinic) => clinic.state === 'stopped'))
    .map((group) => group.doctor as NonNullable<Clinic['doctor']>)
}

export interface Grid { dates: string[]; rows: { session: Session; cells: (Clinic | null)[] }[] }

/** The doctor's next clinic days as a table; of several clinics in one cell the one with places counts. */
export function scheduleGrid(clinics: readonly Clinic[], days: number): Grid {
  const dates = [...new Set(clinics.map((clinic) => clinic.date))].sort().slice(0, days)
  const sessions = (['morning', 'all_day', 'afternoon', 'evening'] as const).filter((session) =>
    clinics.some((clinic) => clinic.session === session && dates.includes(clinic.date)))
  const best = (date: string, session: Session) => {
    const here = clinics.filter((clinic) => clinic.date === date && clinic.session === session)
    return here.find((clinic) => clinic.state === 'available') ?? here[0] ?? null
  }
  return { dates, rows: sessions.map((session) => ({ session, cells: dates.map((date) => best(date, session)) })) }
}

export function earliestClinic(clinics: readonly Clinic[]): Clinic | null {
  const free = clinics.filter((clinic) => clinic.state === 'available' && clinic.remaining > 0)
  const when = (clinic: Clinic) => `${clinic.date} ${clinic.earliest ?? '99:99'}`
  return free.sort((one, other) => when(one).localeCompare(when(other)))[0] ?? null
}
