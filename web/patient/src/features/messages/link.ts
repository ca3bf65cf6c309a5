import type { Message } from '@/api/types'
import type { IconName } from '@/theme/icons'

/** Where a message leads, by the page name the server gives; null when this version has no such page. */
export function messagePage(link: Message['link']): { page: string; query: Record<string, string> } | null {
  if (!link) return null
  const pages: Record<string, string> = {
    appointment: '/pages/booking/appointment', order: '/pages/pay/processing', patient: '/pages/patients/detail', patient_bindings: '/pages/patients/bindings',
    bindings: '/pages/patients/bindings', mdt_application: '/pages/mdt/application', mdt: '/pages/mdt/application', checkout: '/pages/fees/checkout', fees: '/pages/fees/index', deposit: '/pages/deposit/payment',
    identities: '/pages/me/identities', booking: '/pages/booking/index', fees_again: '/pages/fees/index', records: '/pages/records/index',
  }
  const page = pages[link.page] ?? (link.page.startsWith('/pages/') ? link.page : null)
  return page ? { page, query: { [link.page === 'order' ? 'order' : 'id']: link.id } } : null
}

const ICONS: [RegExp, IconName][] = [
  [/recover/, 'server'], [/refund/, 'pay'], [/fees/, 'bill'], [/deposit/, 'deposit'], [/bind|join|detach/, 'shield'], [/stop|cancel/, 'warn'], [/held|pay/, 'clock'], [/mdt/, 'mdt'], [/book/, 'ticket'],
]

export function messageIcon(kind: string): IconName {
  return ICONS.find(([pattern]) => pattern.test(kind))?.[1] ?? 'msg'
}
