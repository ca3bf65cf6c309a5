import { describe, expect, it, vi } from 'vitest'

vi.mock('@/stores/preferences', () => ({ usePreferences: () => ({ locale: 'zh-CN' }) }))

import type { Appointment, Clinic, Department, Slot } from '@/api/types'
import { texts } from '@/i18n'
import { checkInSpan, faceOf, isMoving, moneySentence, spacedNumber, threeFacts, toneOf } from './appointment-view'
import { earliestClinic, filterClinics, groupByDoctor, scheduleGrid, stoppedDoctors } from './schedule'
import { canOpen, clinicTag, clinicWho, clinicWhoWithTitle, departmentSub, departmentTag, placeLine, whereLine, slotWords } from './words'

const zh = texts('zh-CN')
const en = texts('en')
const now = Date.parse('2026-11-23T10:00:00+08:00')

const department = (change: Partial<Department>): Department => ({
  id: 'd', code: 'd', name: '心内科', name_en: 'Cardiology', parent_id: null, campus_ids: ['a', 'b'], state: 'open', state_reason: '', state_reason_en: '',
  clinic_kinds: ['expert'], next_date: null, next_state: 'today', floor: '', intro: '', intro_en: '', pinyin: '', hint: '', ...change,
})
const lin = { id: 'lin', name: '林志远', name_en: 'LIN Zhiyuan', title: '主任医师', title_en: 'Chief physician' } as NonNullable<Clinic['doctor']>
const clinic = (change: Partial<Clinic>): Clinic => ({
  id: 'k', date: '2026-11-25', session: 'morning', clinic_kind: 'expert', doctor: lin, department: { id: 'd', name: '心内科', name_en: 'Cardiology' },
  campus: { id: 'a', name: '本部', name_en: 'Main Campus' }, place: '', place_en: '', room: '', fee_fen: 3000, remaining: 6, earliest: '09:00',
  state: 'available', stop_reason: null, releases_at: null, note: '', ...change,
})
const slot = (change: Partial<Slot>): Slot => ({ id: 's', start: '09:00', end: '09:30', starts_at: '', remaining: 3, state: 'available', releases_at: null, ...change })

describe('departments in words', () => {
  it('say when there are places', () => {
    expect(departmentTag(department({}), now, zh, 'zh-CN')).toEqual({ text: '今天有号', tone: 'ok' })
    expect(departmentTag(department({ next_state: 'date', next_date: '2026-11-24' }), now, zh, 'zh-CN').text).toBe('明天有号')
    expect(departmentTag(department({ next_state: 'date', next_date: '2026-11-26' }), now, zh, 'zh-CN').text).toBe('周四有号')
    expect(departmentTag(department({ next_state: 'date', next_date: '2026-12-03' }), now, zh, 'zh-CN').text).toBe('12 月 3 日有号')
    expect(departmentTag(department({ next_state: 'date', next_date: null }), now, zh, 'zh-CN').tone).toBe('mute')
    expect(departmentTag(department({ next_state: 'waitlist' }), now, en, 'en').text).toBe('Full')
    for (const next_state of ['walk_in', 'closed', 'none'] as const) expect(departmentTag(department({ next_state }), now, zh, 'zh-CN').tone).toBe('mute')
  })
  it('give the reason when closed, else the campuses', () => {
    const names = new Map([['a', '本部'], ['b', '东院区']])
    expect(departmentSub(department({}), names, 'zh-CN')).toBe('本部 · 东院区')
    expect(departmentSub(department({ state: 'closed', state_reason: '搬迁', state_reason_en: 'moving' }), names, 'en')).toBe('moving')
  })
})

describe('clinics in words', () => {
  it('count places', () => {
    expect(clinicTag(clinic({}), now, zh, 'zh-CN')).toEqual({ text: '上午 余 6', tone: 'ok' })
    expect(clinicTag(clinic({ remaining: 2 }), now, zh, 'zh-CN').tone).toBe('warn')
    expect(clinicTag(clinic({ state: 'full' }), now, en, 'en').text).toBe('Morning, full')
    expect(clinicTag(clinic({ state: 'released_later', releases_at: '2026-11-23T19:00:00+08:00' }), now, zh, 'zh-CN').text).toBe('今天 19:00 放号')
    expect(clinicTag(clinic({ state: 'stopped' }), now, zh, 'zh-CN').text).toBe('停诊')
    expect(clinicTag(clinic({ state: 'ended' }), now, zh, 'zh-CN').text).toBe('已结束')
    expect(canOpen(clinic({ state: 'stopped' }))).toBe(false)
  })
  it('name the doctor, or the kind of clinic', () => {
    expect(clinicWhoWithTitle(clinic({}), zh, 'zh-CN')).toBe('林志远 主任医师')
    expect(clinicWhoWithTitle(clinic({}), en, 'en')).toBe('LIN Zhiyuan, Chief physician')
    expect(clinicWho(clinic({ doctor: null, clinic_kind: 'ordinary' }), zh, 'zh-CN')).toBe('普通门诊')
    expect(clinicWho(clinic({ doctor: null, clinic_kind: 'mdt' }), zh, 'zh-CN')).toBe('多学科会诊')
  })
  it('keep the Chinese place in brackets for English readers', () => {
    const campus = { name: '本部', name_en: 'Main Campus' }
    expect(placeLine(campus, '门诊楼 3 楼', 'Outpatient Bldg 3F', '12 诊室', 'en')).toBe('Outpatient Bldg 3F, Room 12 (门诊楼 3 楼 12 诊室)')
    expect(placeLine(campus, '门诊楼 3 楼', 'Outpatient Bldg 3F', '2 号会诊室', 'en')).toBe('Outpatient Bldg 3F, conference room 2 (门诊楼 3 楼 2 号会诊室)')
    expect(placeLine(campus, '门诊楼 3 楼', 'Outpatient Bldg 3F', '内镜中心', 'en')).toBe('Outpatient Bldg 3F (门诊楼 3 楼 内镜中心)')
    expect(placeLine(campus, '门诊楼 3 楼', '', '12 诊室', 'zh-CN')).toBe('门诊楼 3 楼 12 诊室')
    expect(placeLine(campus, '', '', '', 'en')).toBe('Main Campus')
    expect(whereLine(campus, '门诊楼 3 楼', '', '12 诊室', 'zh-CN')).toBe('本部 · 门诊楼 3 楼 12 诊室')
    expect(whereLine(campus, '本部门诊楼 3 楼', '', '', 'zh-CN')).toBe('本部门诊楼 3 楼')
  })
})

describe('slots in words', () => {
  it('are read out as the rules ask', () => {
    expect(slotWords(slot({}), zh)).toMatchObject({ text: '余 3', read: '09:00 到 09:30，剩余 3' })
    expect(slotWords(slot({ remaining: 1, state: 'few' }), zh)).toMatchObject({ text: '仅余 1', tone: 'warn' })
    expect(slotWords(slot({ remaining: 1 }), zh, true).text).toBe('只剩 1 个')
    expect(slotWords(slot({ remaining: 0, state: 'full' }), en)).toMatchObject({ text: 'Full', read: '09:00 to 09:30, Full' })
    expect(slotWords(slot({ remaining: 0, state: 'reserved', releases_at: '2026-11-25T10:00:00+08:00' }), zh)).toMatchObject({ text: '预留', after: '10:00 起放出' })
  })
})

describe('schedules', () => {
  const list = [
    clinic({ id: '1' }), clinic({ id: '2', session: 'afternoon', state: 'full' }), clinic({ id: '3', doctor: null, clinic_kind: 'ordinary', session: 'all_day' }),
    clinic({ id: '4', doctor: { ...lin, id: 'he' }, state: 'stopped' }), clinic({ id: '5', doctor: { ...lin, id: 'su' }, state: 'full', campus: { id: 'b', name: '', name_en: '' } }),
  ]
  it('filter and group', () => {
    expect(filterClinics(list, { onlyFree: true, session: null, campusId: null }).map((one) => one.id)).toEqual(['1', '3'])
    expect(filterClinics(list, { onlyFree: false, session: 'afternoon', campusId: null }).map((one) => one.id)).toEqual(['2', '3'])
    expect(filterClinics(list, { onlyFree: false, session: null, campusId: 'b' }).map((one) => one.id)).toEqual(['5'])
    const groups = groupByDoctor(filterClinics(list, { onlyFree: false, session: null, campusId: null }))
    expect(groups.map((group) => group.key)).toEqual(['lin', 'kind:ordinary', 'su'])
    expect(stoppedDoctors(list).map((doctor) => doctor.id)).toEqual(['he'])
  })
  it('make a table of the next days', () => {
    const grid = scheduleGrid([clinic({ date: '2026-11-27', session: 'afternoon' }), clinic({}), clinic({ id: 'x', state: 'full' })], 5)
    expect(grid.dates).toEqual(['2026-11-25', '2026-11-27'])
    expect(grid.rows.map((row) => row.cells.map((cell) => cell?.state ?? null))).toEqual([['available', null], [null, 'available']])
    expect(earliestClinic([clinic({ id: 'late', earliest: '10:00' }), clinic({ id: 'early' })])?.id).toBe('early')
    expect(earliestClinic([clinic({ state: 'full' })])).toBeNull()
  })
})

describe('appointments', () => {
  const appointment = (change: Partial<Appointment>): Appointment => ({
    state: 'booked', state_title: '约好了', state_detail: '', pay_state: 'paid', paid_fen: 1500, insurance_fen: 0, refunded_fen: 0, refund: null, check_in_from: null, check_in_to: null, ...change,
  } as Appointment)

  it('have a face and a tone for every state', () => {
    expect(faceOf('booked')).toBe('ticket')
    expect(faceOf('not_booked_refunded')).toBe('failed')
    expect(faceOf('stopped_refunded')).toBe('stopped')
    expect(toneOf('booked')).toBe('ok')
    expect(isMoving(appointment({ state: 'confirming' }))).toBe(true)
    expect(isMoving(appointment({}))).toBe(false)
    expect(isMoving(appointment({ state: 'cancelled', pay_state: 'refunding' }))).toBe(true)
  })
  it('say exactly where the money is', () => {
    expect(moneySentence(appointment({ pay_state: 'none', paid_fen: 0 }), zh, 'zh-CN')).toEqual({ text: '没有扣费。', good: true })
    expect(moneySentence(appointment({}), zh, 'zh-CN').text).toBe('微信已扣 ¥15.00。')
    const refund = { no: 'T', amount_fen: 1500, route: '微信', route_en: 'WeChat', requested_at: '', completed_at: null, expected: '' }
    expect(moneySentence(appointment({ pay_state: 'refunded', refunded_fen: 1500, refund }), zh, 'zh-CN').text).toBe('¥15.00 已原路退回微信，不用申请。')
    expect(moneySentence(appointment({ pay_state: 'refunding', refund }), en, 'en').text).toBe('¥15.00 is on its way back to WeChat. No need to apply.')
    expect(moneySentence(appointment({ pay_state: 'refund_failed', refund }), zh, 'zh-CN').good).toBe(false)
    expect(moneySentence(appointment({ pay_state: 'paying' }), zh, 'zh-CN').text).toContain('请勿重复支付')
  })
  it('say apart what an insurance takes back and what comes to the patient', () => {
    const refund = { no: 'T', amount_fen: 350, route: '付款账户', route_en: 'the account you paid from', requested_at: '', completed_at: null, expected: '' }
    const said = (change: Partial<Appointment>) => moneySentence(appointment({ paid_fen: 1000, insurance_fen: 650, ...change }), zh, 'zh-CN').text
    expect(said({})).toBe('医保已付 ¥6.50，微信已扣 ¥3.50。')
    expect(said({ pay_state: 'refunding', refund })).toBe('医保 ¥6.50 正在撤销，撤销后自付 ¥3.50 原路退回，不用申请。')
    expect(said({ pay_state: 'refunding', refunded_fen: 650, refund })).toBe('医保 ¥6.50 已撤销，自付 ¥3.50 正在原路退回付款账户，不用申请。')
    expect(said({ pay_state: 'refunded', refunded_fen: 1000, refund })).toBe('医保 ¥6.50 已撤销，自付 ¥3.50 已原路退回付款账户，不用申请。')
    expect(said({ pay_state: 'refunded', insurance_fen: 1000, refunded_fen: 1000 })).toBe('医保 ¥10.00 已撤销，不用申请。')
    expect(said({ pay_state: 'unpaid', paid_fen: 0 })).toBe('没有扣费。')
  })
  it('give three facts, the server’s where it gives three', () => {
    expect(threeFacts(appointment({ state_detail: 'a\nb\nc' }), zh, 'zh-CN')).toMatchObject({ happened: 'a', charged: '微信已扣 ¥15.00。', next: 'c' })
    const whole = threeFacts(appointment({ state_detail: '已付的费用全额原路退回。' }), zh, 'zh-CN')
    expect(whole).toMatchObject({ happened: '已付的费用全额原路退回。', charged: null, next: null })
    expect(threeFacts(appointment({ pay_state: 'none' }), zh, 'zh-CN')).toMatchObject({ happened: '约好了', charged: '没有扣费。', good: true })
  })
  it('show the check-in window and the number in groups', () => {
    expect(checkInSpan(appointment({ check_in_from: '2026-11-25T08:00:00+08:00', check_in_to: '2026-11-25T09:15:00+08:00' }))).toEqual({ from: '08:00', to: '09:15' })
    expect(checkInSpan(appointment({}))).toBeNull()
    expect(spacedNumber('R2511250037')).toBe('R2511 2500 37')
    expect(spacedNumber('ABC-1')).toBe('ABC-1')
  })
})
