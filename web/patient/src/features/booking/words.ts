import { daysBetween, monthDay, nearTime, weekday, clock, type Locale } from '@/format/time'
import { inLanguage, nameIn, type Texts } from '@/i18n'
import type { Clinic, Department, Slot } from '@/api/types'

export type Tone = 'info' | 'ok' | 'warn' | 'err' | 'mute'
export interface Words { text: string; tone: Tone }

/** When a department can be booked next, in words, as its tag says it. */
export function departmentTag(department: Department, now: number, t: Texts, locale: Locale): Words {
  const words = t.booking.departments
  const date = department.next_date
  switch (department.next_state) {
    case 'today': return { text: words.today, tone: 'ok' }
    case 'date': {
      if (!date) return { text: words.none, tone: 'mute' }
      const days = daysBetween(now, date)
      if (days === 1) return { text: words.tomorrow, tone: 'info' }
      return { text: words.onDay(days < 7 ? weekday(date, locale) : monthDay(date, locale)), tone: 'info' }
    }
    case 'waitlist': return { text: words.waitlist, tone: 'warn' }
    case 'walk_in': return { text: words.walkIn, tone: 'mute' }
    case 'closed': return { text: words.closed, tone: 'mute' }
    default: return { text: words.none, tone: 'mute' }
  }
}

export const isBookable = (department: Department) => department.state === 'open' && department.next_state !== 'closed' && department.next_state !== 'walk_in'

/** Sub line of a department: why it is closed, else on which campuses it is. */
export function departmentSub(department: Department, campusNames: ReadonlyMap<string, string>, locale: Locale): string {
  if (!isBookable(department)) return inLanguage(locale, department.state_reason, department.state_reason_en)
  return department.campus_ids.map((id) => campusNames.get(id)).filter(Boolean).join(' · ')
}

export const sessionWord = (session: Clinic['session'], t: Texts): string => t.booking.doctors[session]

/** How many places a clinic has left, in words. */
export function clinicTag(clinic: Clinic, now: number, t: Texts, locale: Locale): Words {
  const words = t.booking.doctors
  const session = sessionWord(clinic.session, t)
  switch (clinic.state) {
    case 'available': return { text: words.left(session, clinic.remaining), tone: clinic.remaining <= 2 ? 'warn' : 'ok' }
    case 'full': return { text: words.full(session), tone: 'mute' }
    case 'stopped': return { text: words.stopped, tone: 'mute' }
    case 'released_later': return { text: clinic.releases_at ? words.laterAt(nearTime(clinic.releases_at, now, locale)) : words.full(session), tone: 'warn' }
    default: return { text: words.ended, tone: 'mute' }
  }
}

export const canOpen = (clinic: Clinic) => clinic.state === 'available' || clinic.state === 'full' || clinic.state === 'released_later'

export const isFree = (slot: Slot) => (slot.state === 'available' || slot.state === 'few') && slot.remaining > 0

/** What stands at the right of a slot, and what a screen reader says of it. */
export function slotWords(slot: Slot, t: Texts, elder = false): Words & { read: string; after: string } {
  const words = t.booking.slots
  const spoken = (left: string) => words.read(slot.start, slot.end, left)
  if (isFree(slot)) {
    const last = slot.remaining === 1
    const text = last ? (elder ? words.elderLast : words.lastOne) : elder ? words.elderLeft(slot.remaining) : words.left(slot.remaining)
    return { text, tone: last ? 'warn' : 'ok', read: spoken(words.readLeft(slot.remaining)), after: '' }
  }
  const text = { ended: words.ended, stopped: words.stopped, reserved: words.reserved }[slot.state as string] ?? words.full
  const after = slot.state === 'reserved' && slot.releases_at ? words.reservedAt(clock(slot.releases_at)) : ''
  return { text, tone: 'mute', read: spoken([text, after].filter(Boolean).join(t.booking.slots.full === 'Full' ? ', ' : '，')), after }
}

/** Doctor's name for a line; English names carry no title of address from the hospital, so none is added. */
export function clinicWho(clinic: Clinic, t: Texts, locale: Locale): string {
  if (clinic.doctor) return nameIn(clinic.doctor, locale)
  return clinic.clinic_kind === 'ordinary' ? t.booking.doctors.ordinary : t.booking.doctor.kinds[clinic.clinic_kind]
}

export function clinicWhoWithTitle(clinic: Clinic, t: Texts, locale: Locale): string {
  const title = clinic.doctor ? inLanguage(locale, clinic.doctor.title, clinic.doctor.title_en) : ''
  return [clinicWho(clinic, t, locale), title].filter(Boolean).join(locale === 'en' ? ', ' : ' ')
}

/** "12 诊室" for who does not read Chinese; a room named otherwise stays as it is on the door. */
function roomInEnglish(room: string): string {
  const [, number, team] = /^(\d+)\s*(?:号(会)?)?诊室$/.exec(room) ?? []
  return number ? `${team ? 'conference room' : 'Room'} ${number}` : ''
}

/** Where to go, from the campus on. A place that names its campus already says it once. */
export function whereLine(campus: { name: string; name_en: string }, place: string, placeEn: string, room: string, locale: Locale): string {
  const line = placeLine(campus, place, placeEn, room, locale)
  const name = nameIn(campus, locale)
  return line.startsWith(name) ? line : `${name} · ${line}`
}

/** Campus, place and room; English keeps the Chinese in brackets so that staff can point the way. */
export function placeLine(campus: { name: string; name_en: string }, place: string, placeEn: string, room: string, locale: Locale): string {
  const chinese = [place, room].filter(Boolean).join(' ')
  if (locale !== 'en') return chinese || campus.name
  const english = placeEn || place
  return chinese && english !== place ? `${[english, roomInEnglish(room)].filter(Boolean).join(', ')} (${chinese})` : chinese || nameIn(campus, locale)
}
