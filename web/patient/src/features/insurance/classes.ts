import type { InsuranceClass } from '@/api/types'

/** Paying without insurance, among the classes. */
export const ONESELF = 'oneself'
const FIRST = 2

/** What is shown at once, on a tap, and as not to be used here. What is chosen is never hidden. */
export function shelves(classes: InsuranceClass[], chosen: string) {
  const open = classes.filter((one) => one.on)
  const first = open.filter((one, index) => index < FIRST || one.code === chosen)
  return { first, more: open.filter((one) => !first.includes(one)), closed: classes.filter((one) => !one.on) }
}

/** The word that stands there most often, the first of them where several do; empty of nothing. */
export function commonest(words: string[]): string {
  const count = (word: string) => words.filter((one) => one === word).length
  return words.reduce((best, word) => (best === '' || count(word) > count(best) ? word : best), '')
}
