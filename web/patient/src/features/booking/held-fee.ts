import type { Settlement } from '@/api/types'

type Part = 'total' | 'pooled' | 'account' | 'other'

/** The parts that make the difference between the total and one's own part, in the order of the insurance's sheet. */
export function feeParts(split: Pick<Settlement, 'total_fen' | 'pooled_fen' | 'personal_account_fen' | 'other_fen'>): { key: Part; fen: number }[] {
  const parts: { key: Part; fen: number }[] = [
    { key: 'total', fen: split.total_fen },
    { key: 'pooled', fen: split.pooled_fen ?? 0 },
    { key: 'account', fen: split.personal_account_fen ?? 0 },
    { key: 'other', fen: split.other_fen ?? 0 },
  ]
  return parts.filter((part) => part.fen > 0 || part.key === 'total' || part.key === 'pooled')
}

/** What the hold page offers to do about paying. */
export type Turn = 'pay' | 'presettle' | 'confirm' | 'look'

/**
 * From the newest settlement of the order and what was chosen before the place was held.
 *
 * A split that is still good is confirmed; one that was refused or is being checked is looked at on its own page, where
 * paying oneself needs its own tick. A split that is over, or that was given up, counts for nothing.
 */
export function turnOf(newest: Pick<Settlement, 'state' | 'valid_until'> | null, insured: boolean, now: number): Turn {
  const state = newest?.state
  if (state === 'presettled') return newest?.valid_until && Date.parse(newest.valid_until) > now ? 'confirm' : 'presettle'
  if (state === 'settling' || state === 'settled' || state === 'dropping' || state === 'refused' || state === 'done') return 'look'
  return insured ? 'presettle' : 'pay'
}
