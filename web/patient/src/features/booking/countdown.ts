const MINUTE = 60_000

/** Minutes left at which the countdown is spoken. */
export const SPOKEN_AT = [5, 2, 1] as const

/** The mark (5, 2 or 1 minutes) passed between two looks at the time left, if any; of several the smallest. */
export function spokenMark(before: number, after: number): number | null {
  const passed = SPOKEN_AT.filter((minutes) => before > minutes * MINUTE && after <= minutes * MINUTE)
  return after <= 0 ? null : (passed[passed.length - 1] ?? null)
}

export function minutesSeconds(left: number): { minutes: number; seconds: number } {
  const whole = Math.max(0, Math.ceil(left / 1000))
  return { minutes: Math.floor(whole / 60), seconds: whole % 60 }
}
