import type { Texts } from '@/i18n'

/** Words for the way a binding was proved; a way this version does not know is called "another way". */
export function wayText(way: string, t: Texts): string {
  const ways: Record<string, string> = t.patients.bindings.ways
  return ways[way] ?? t.patients.bindings.ways.other
}
