import { describe, expect, it } from 'vitest'

import { consentsWanted, emptyForm, faults, toRequest, type PatientForm } from './form'

const today = '2026-11-25'
const adult: PatientForm = {
  ...emptyForm(), name: ' 陈秀兰 ', number: '1101 0519 4912 3100 2X', relation: 'parent', phone: '138 0013 8000', consents: ['patient_agreement@1'],
}
const baby: PatientForm = {
  ...emptyForm(), type: 'none_child', name: '陈小怡', relation: 'child', phone: '13800138000', birth: '2026-06-02', sex: 'female', guardianId: 'p1',
  consents: ['patient_agreement@1', 'minor_guardian@1'],
}

describe('adding a patient', () => {
  it('starts empty: no relation chosen, no consent given', () => {
    const form = emptyForm()
    expect(form.consents).toEqual([])
    expect(form.relation).toBeNull()
    expect(faults(form, today)).toEqual(['name', 'number', 'relation', 'phone', 'consents'])
  })

  it('sends birth date and sex that the number carries', () => {
    expect(faults(adult, today)).toEqual([])
    expect(toRequest(adult, today)).toEqual({
      document_type: 'mainland_id', document_number: '11010519491231002X', name: '陈秀兰', relation: 'parent', phone: '13800138000',
      birth_date: '1949-12-31', sex: 'female', consents: ['patient_agreement@1'],
    })
  })

  it('asks a child without a document for birth date, sex, guardian and the guardian’s consent', () => {
    expect(faults({ ...baby, birth: '', sex: null, guardianId: '', consents: ['patient_agreement@1'] }, today)).toEqual(['birth', 'sex', 'guardian', 'consents'])
    expect(toRequest(baby, today)).toMatchObject({ document_number: null, guardian: { patient_id: 'p1' }, consents: ['patient_agreement@1', 'minor_guardian@1'] })
  })

  it('wants the guardian’s consent below 14', () => {
    const passport: PatientForm = { ...emptyForm(), type: 'passport', birth: '2012-11-26' }
    expect(consentsWanted(passport, today)).toHaveLength(2)
    expect(consentsWanted({ ...passport, birth: '2012-11-25' }, today)).toHaveLength(1)
  })

  it('sends an old card number only when one is typed', () => {
    expect(toRequest({ ...adult, card: ' 4400 1 ' }, today).card_no).toBe('44001')
  })
})
