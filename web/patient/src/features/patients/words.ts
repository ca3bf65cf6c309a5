import type { Patient } from '@/api/types'
import type { Texts } from '@/i18n'

/** 男 · 67 岁 */
export function patientLine(patient: Pick<Patient, 'sex' | 'age'>, t: Texts): string {
  return [patient.sex === 'unknown' ? '' : t.common.sex[patient.sex], t.common.ageYears(patient.age)].filter(Boolean).join(' · ')
}

/** 卡尾号 8067 from the masked card number; empty without a card. */
export function cardTail(cardNo: string | null | undefined, t: Texts): string {
  const tail = cardNo?.replace(/\W/g, '').slice(-4)
  return tail ? t.common.cardTail(tail) : ''
}
