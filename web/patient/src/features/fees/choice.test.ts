import { describe, expect, it } from 'vitest'

import type { ChosenLine, Fees } from '@/api/types'
import { chosenSum, firstChoice, percent, share, toggled } from './choice'

const bill = (bill_no: string, amount_fen: number, payable = true) => ({ bill_no, amount_fen, payable })
const fees = {
  visits: [
    { visit_no: 'locked', payable: false, bills: [bill('L', 11800, false)] },
    { visit_no: 'heart', payable: true, bills: [bill('A', 16860), bill('B', 15280), bill('C', 6500, false)] },
    { visit_no: 'skin', payable: true, bills: [bill('D', 100)] },
  ],
} as unknown as Fees

describe('choosing bills', () => {
  it('begins with everything that can be paid of one visit', () => {
    expect(firstChoice(fees)).toEqual({ visitNo: 'heart', bills: ['A', 'B'] })
    expect(chosenSum(fees, firstChoice(fees))).toBe(32140)
    expect(firstChoice({ visits: [] } as unknown as Fees)).toBeNull()
  })
  it('never mixes visits', () => {
    const first = firstChoice(fees)
    expect(toggled(first, 'heart', 'A')).toEqual({ visitNo: 'heart', bills: ['B'] })
    expect(toggled(first, 'skin', 'D')).toEqual({ visitNo: 'skin', bills: ['D'] })
    expect(toggled({ visitNo: 'skin', bills: ['D'] }, 'skin', 'D')).toBeNull()
    expect(chosenSum(fees, null)).toBe(0)
  })
  it('parts what an insurance may settle from what it may not', () => {
    const line = (bill_no: string, insurance: boolean, amount_fen: number) => ({ bill_no, insurance, line: { name: `item of ${bill_no}`, amount_fen } })
    const lines = [line('A', true, 100), line('A', true, 20), line('B', false, 9800)] as unknown as ChosenLine[]
    expect(share(lines, true)).toEqual({ bills: ['A'], names: ['item of A', 'item of A'], fen: 120 })
    expect(share(lines, false)).toEqual({ bills: ['B'], names: ['item of B'], fen: 9800 })
  })
  it('says shares in per cent', () => {
    expect([percent('0'), percent('0.05'), percent('1')]).toEqual(['', '5%', '100%'])
  })
})
