import type { Texts } from '@/i18n'
import type { IconName } from '@/theme/icons'
import type { Query } from '@/ui/go'

export type EntryName = Exclude<keyof Texts['home']['entries'], 'help' | 'fees'>
export type GroupName = 'clinic' | 'inpatient' | 'mine'

export interface Entry { name: EntryName; icon: IconName; feature: string; group: GroupName; page: string; query?: Query }

/** Every service this frontend has a page for, but those of the large tiles. What is shown is decided by the features of the channel. */
export const ENTRIES: readonly Entry[] = [
  { name: 'departments', icon: 'dept', feature: 'F02', group: 'clinic', page: '/pages/booking/departments' },
  { name: 'doctors', icon: 'doctor', feature: 'F02', group: 'clinic', page: '/pages/booking/departments', query: { focus: '1' } },
  { name: 'special', icon: 'vip', feature: 'F02', group: 'clinic', page: '/pages/booking/departments', query: { clinic_kind: 'special' } },
  { name: 'mdt', icon: 'mdt', feature: 'F02', group: 'clinic', page: '/pages/mdt/teams' },
  { name: 'deposit', icon: 'deposit', feature: 'F07', group: 'inpatient', page: '/pages/deposit/index' },
  { name: 'patients', icon: 'family', feature: 'F01', group: 'mine', page: '/pages/patients/index' },
  { name: 'records', icon: 'records', feature: 'F09', group: 'mine', page: '/pages/records/index' },
  { name: 'payments', icon: 'invoice', feature: 'F09', group: 'mine', page: '/pages/records/index', query: { tab: 'payments' } },
  { name: 'favourites', icon: 'star', feature: 'F10', group: 'mine', page: '/pages/favourites/index' },
]

export interface Group { name: GroupName; entries: Entry[] }

/** Groups with at least one entry the hospital has switched on, in the order of the list. */
export function entryGroups(features: readonly string[]): Group[] {
  const groups: Group[] = []
  for (const entry of ENTRIES) {
    if (!features.includes(entry.feature)) continue
    const group = groups.find((one) => one.name === entry.group)
    if (group) group.entries.push(entry)
    else groups.push({ name: entry.group, entries: [entry] })
  }
  return groups
}
