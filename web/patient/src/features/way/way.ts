/** A place as the hospital writes it, in the order in which one walks. */
export interface Way { building: string; floor: number; door: string }

const FORMS = [/^(.+?),?\s+(\d+)\/F,?\s*(.+)$/, /^(.+?楼)\s*(\d+)\s*楼\s*(.+)$/]

/** Building, floor and door of a place; null where it is written otherwise: then it is shown as it is. */
export function wayTo(place: string): Way | null {
  for (const form of FORMS) {
    const [, building, floor, door] = form.exec(place.trim()) ?? []
    if (building && floor && door) return { building, floor: Number(floor), door }
  }
  return null
}
