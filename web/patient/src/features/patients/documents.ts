import type { DocumentType, Sex } from '@/api/types'

/** What is wrong with a number that is being typed; null when nothing is. `missing` is no fault yet. */
export type Finding =
  | { kind: 'missing'; left: number }
  | { kind: 'tooLong' | 'digits' | 'area' | 'notMainland' | 'date' | 'sum' | 'hkMacao' | 'taiwan' | 'passport' }

export const DOCUMENT_TYPES: DocumentType[] = ['mainland_id', 'hk_macao_permit', 'taiwan_permit', 'residence_permit', 'passport', 'none_child']

// GB 11643-1999: weights of the first 17 digits and the check character of the sum modulo 11.
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CHECKS = '10X98765432'

/** The typed text as it is sent: no blanks, capitals, full-width signs made plain. */
export function plainNumber(typed: string): string {
  return typed
    .replace(/[！-～]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/[\s·-]/g, '')
    .toUpperCase()
}

/** 4401 0519 5808 1286: groups of four while typing an 18-character number; others stay as they are. */
export function groupedNumber(type: DocumentType, typed: string): string {
  const plain = plainNumber(typed)
  return isCitizenNumber(type) ? plain.replace(/(.{4})(?=.)/g, '$1 ') : plain
}

/** True for the two documents with an 18-character citizen number (residence permits share its form and checksum). */
export const isCitizenNumber = (type: DocumentType): boolean => type === 'mainland_id' || type === 'residence_permit'

export function checkCharacter(seventeen: string): string {
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(seventeen[index]), 0)
  return CHECKS[sum % 11] ?? ''
}

/** 2026-06-02 when the eight digits are a date that exists and is not in the future, otherwise null. */
export function dateOf(digits: string, today: string): string | null {
  const iso = `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6, 8)}`
  const parsed = new Date(`${iso}T00:00:00Z`)
  if (Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 10) !== iso) return null
  return iso < '1900-01-01' || iso > today ? null : iso
}

function citizenFinding(type: DocumentType, number: string, today: string): Finding | null {
  if (!/^\d*$/.test(number.slice(0, 17)) || !/^[\dX]?$/.test(number.slice(17, 18))) return { kind: 'digits' }
  const overseas = /^8[123]/.test(number)
  if (number.length >= 2 && type === 'residence_permit' && !overseas) return { kind: 'area' }
  if (number.length >= 2 && type === 'mainland_id' && overseas) return { kind: 'notMainland' }
  if (number.length >= 14 && !dateOf(number.slice(6, 14), today)) return { kind: 'date' }
  if (number.length > 18) return { kind: 'tooLong' }
  if (number.length < 18) return { kind: 'missing', left: 18 - number.length }
  return checkCharacter(number) === number[17] ? null : { kind: 'sum' }
}

const FORMS: Partial<Record<DocumentType, [RegExp, Finding['kind']]>> = {
  hk_macao_permit: [/^[HM](\d{8}|\d{10})$/, 'hkMacao'],
  taiwan_permit: [/^(\d{8}|\d{10}[A-Z]?)$/, 'taiwan'],
  passport: [/^[A-Z0-9]{5,17}$/, 'passport'],
}

/**
 * Look at a document number while it is typed. The server has the last word; this only spares a wait.
 * @param today 2026-11-25 in hospital time
 */
export function checkNumber(type: DocumentType, typed: string, today: string): Finding | null {
  const number = plainNumber(typed)
  if (type === 'none_child') return null
  if (isCitizenNumber(type)) return citizenFinding(type, number, today)
  const form = FORMS[type]
  return !form || form[0].test(number) ? null : ({ kind: form[1] } as Finding)
}

/** Birth date and sex that a whole citizen number carries. */
export function carried(type: DocumentType, typed: string, today: string): { birth: string; sex: Sex } | null {
  const number = plainNumber(typed)
  if (!isCitizenNumber(type) || checkNumber(type, number, today) !== null) return null
  const birth = dateOf(number.slice(6, 14), today)
  return birth ? { birth, sex: Number(number[16]) % 2 === 1 ? 'male' : 'female' } : null
}

/** Whole years between two dates (2026-11-25). */
export function yearsBetween(birth: string, today: string): number {
  const years = Number(today.slice(0, 4)) - Number(birth.slice(0, 4))
  return today.slice(5) < birth.slice(5) ? years - 1 : years
}

/** Mainland mobile numbers have 11 digits and begin with 1; numbers of other places are typed with + and their country. */
export function phoneFinding(typed: string): { left: number } | 'bad' | null {
  const phone = plainNumber(typed)
  if (/^\+\d{7,15}$/.test(phone)) return null
  if (!/^(1\d*)?$/.test(phone) || phone.length > 11) return 'bad'
  return phone.length === 11 ? null : { left: 11 - phone.length }
}
