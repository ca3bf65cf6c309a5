import type { Verification } from '@/api/types'

/** The verification under way. Only masked data; gone when the app is closed. */
let current: Verification | null = null

export function keepVerification(verification: Verification | null): void {
  current = verification
}

/** The verification of this id, unless the app was closed in between or it has expired. */
export function heldVerification(id: string, now: number): Verification | null {
  return current && current.id === id && Date.parse(current.expires_at) > now ? current : null
}
