import { describe, expect, it } from 'vitest'

import { wayTo } from './way'

describe('wayTo', () => {
  it('walks through the building to the door, in both languages', () => {
    expect(wayTo('门诊楼 2 楼 检验采血处，任意窗口')).toEqual({ building: '门诊楼', floor: 2, door: '检验采血处，任意窗口' })
    expect(wayTo('东院区门诊楼 12 楼 心血管内科诊区 3 诊室')).toMatchObject({ building: '东院区门诊楼', floor: 12 })
    expect(wayTo('Outpatient Building 1/F, Pharmacy, window 5 (西药房 5 号窗)')).toEqual({ building: 'Outpatient Building', floor: 1, door: 'Pharmacy, window 5 (西药房 5 号窗)' })
    expect(wayTo('East Campus Outpatient Building, 2/F, Cardiology (东院区门诊楼 2 楼 诊区)')).toMatchObject({ building: 'East Campus Outpatient Building', floor: 2 })
  })
  it('makes nothing up', () => {
    expect(wayTo('住院部一层大厅')).toBeNull()
    expect(wayTo('')).toBeNull()
  })
})
