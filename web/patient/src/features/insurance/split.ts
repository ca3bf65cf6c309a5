/** Whole percents of parts that add up to 100, so that a reader hears a partition; nothing of nothing is nothing. */
export function percents(parts: number[]): number[] {
  const total = parts.reduce((sum, part) => sum + part, 0)
  if (total === 0) return parts.map(() => 0)
  const exact = parts.map((part) => (part * 100) / total)
  const whole = exact.map(Math.floor)
  const order = exact.map((value, index) => ({ index, rest: value - Math.floor(value) })).sort((a, b) => b.rest - a.rest)
  const missing = 100 - whole.reduce((sum, part) => sum + part, 0)
  for (const { index } of order.slice(0, missing)) whole[index] = (whole[index] ?? 0) + 1
  return whole
}

/** What is to be shown of a settlement: the page is one of these. */
export type Stage = 'consent' | 'waiting' | 'split' | 'checking' | 'done' | 'failed'

export function stageOf(state: string): Stage {
  if (state === 'authorising') return 'consent'
  if (state === 'presettling') return 'waiting'
  if (state === 'presettled') return 'split'
  if (state === 'done') return 'done'
  if (state === 'settling' || state === 'settled' || state === 'dropping') return 'checking'
  return 'failed'
}
