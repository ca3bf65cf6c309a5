import type { Stay } from '@/api/types'

/** Whole yuan as typed, in fen; null when it is not a whole number or outside what may be paid now. */
export function typedFen(text: string, stay: Pick<Stay, 'min_fen' | 'max_fen' | 'left_today_fen'>): number | null {
  if (!/^\d{1,7}$/.test(text.trim())) return null
  const fen = Number(text.trim()) * 100
  return fen >= stay.min_fen && fen <= Math.min(stay.max_fen, stay.left_today_fen) ? fen : null
}

/** Fen as whole yuan with separators. */
export function wholeYuan(fen: number): string {
  return Math.floor(fen / 100).toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

/** Which day of the stay it is; the day of admission is the first. */
export function stayDay(admittedOn: string, now: number): number {
  const start = Date.parse(`${admittedOn}T00:00:00+08:00`)
  return Math.max(1, Math.floor((now - start) / 86_400_000) + 1)
}
