import type { DocumentType, NewVerification, Relation, Sex } from '@/api/types'
import { carried, checkNumber, isCitizenNumber, phoneFinding, plainNumber, yearsBetween } from './documents'

/** What is typed on the page "add a patient". */
export interface PatientForm {
  type: DocumentType
  name: string
  number: string
  relation: Relation | null
  phone: string
  card: string
  birth: string
  sex: Sex | null
  guardianId: string
  consents: string[]
}

export type FormField = 'name' | 'number' | 'relation' | 'phone' | 'birth' | 'sex' | 'guardian' | 'consents'

/** Ids of the agreements as the server knows them (name@version). */
export const PATIENT_AGREEMENT = 'patient_agreement@1'
export const GUARDIAN_AGREEMENT = 'minor_guardian@1'

/** Personal data of people under 14 are sensitive as a whole: the guardian agrees separately (PIPL art. 28, 31). */
const GUARDIAN_CONSENT_BELOW = 14

export const emptyForm = (): PatientForm => ({
  type: 'mainland_id', name: '', number: '', relation: null, phone: '', card: '', birth: '', sex: null, guardianId: '', consents: [],
})

/** Birth date and sex: from the number where it carries them, else as typed. */
export function facts(form: PatientForm, today: string): { birth: string; sex: Sex | null } {
  return carried(form.type, form.number, today) ?? { birth: form.birth, sex: form.sex }
}

export const asksBirth = (form: PatientForm): boolean => !isCitizenNumber(form.type)

export function needsGuardian(form: PatientForm): boolean {
  return form.type === 'none_child'
}

export function consentsWanted(form: PatientForm, today: string): string[] {
  const { birth } = facts(form, today)
  const child = form.type === 'none_child' || (birth !== '' && yearsBetween(birth, today) < GUARDIAN_CONSENT_BELOW)
  return child ? [PATIENT_AGREEMENT, GUARDIAN_AGREEMENT] : [PATIENT_AGREEMENT]
}

/** Fields that keep the form from being sent, in the order of the page. */
export function faults(form: PatientForm, today: string): FormField[] {
  const { birth, sex } = facts(form, today)
  const found: FormField[] = []
  if (form.name.trim().length < 2) found.push('name')
  if (form.type !== 'none_child' && checkNumber(form.type, form.number, today) !== null) found.push('number')
  if (asksBirth(form) && !birth) found.push('birth')
  if (asksBirth(form) && !sex) found.push('sex')
  if (form.relation === null) found.push('relation')
  if (needsGuardian(form) && !form.guardianId) found.push('guardian')
  if (phoneFinding(form.phone) !== null) found.push('phone')
  if (consentsWanted(form, today).some((id) => !form.consents.includes(id))) found.push('consents')
  return found
}

/** The form as the server wants it. Call only when `faults` found nothing. */
export function toRequest(form: PatientForm, today: string): NewVerification {
  const { birth, sex } = facts(form, today)
  return {
    document_type: form.type,
    document_number: form.type === 'none_child' ? null : plainNumber(form.number),
    name: form.name.trim(),
    relation: form.relation ?? 'other',
    phone: plainNumber(form.phone),
    ...(birth ? { birth_date: birth } : {}),
    ...(sex ? { sex } : {}),
    ...(form.card.trim() ? { card_no: plainNumber(form.card) } : {}),
    ...(needsGuardian(form) ? { guardian: { patient_id: form.guardianId } } : {}),
    consents: consentsWanted(form, today),
  }
}
