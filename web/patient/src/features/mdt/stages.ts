import type { MdtApplication } from '@/api/types'
import type { Texts } from '@/i18n'
import type { Stage } from '@/ui/JTimeline.vue'

const REACHED: Record<MdtApplication['state'], number> = { submitted: 1, more_wanted: 0, accepted: 2, declined: 1, booked: 3, withdrawn: 0 }

/** How far an application is: sent, reviewed, time chosen, visit. */
export function applicationStages(state: MdtApplication['state'], t: Texts): Stage[] {
  const names = t.mdt.stages
  const all = [names.submitted, names.review, names.choose, names.visit]
  const reached = REACHED[state]
  const ended = state === 'declined' || state === 'withdrawn'
  return all.map((title, index) => {
    if (index < reached) return { title, state: 'done' }
    if (index === reached) return { title, state: ended ? 'failed' : 'now' }
    return { title, state: 'next' }
  })
}

export type Tone = 'info' | 'ok' | 'warn' | 'mute'
export const applicationTone = (state: MdtApplication['state']): Tone =>
  ({ submitted: 'info', more_wanted: 'warn', accepted: 'ok', declined: 'mute', booked: 'ok', withdrawn: 'mute' } as const)[state]
