import { describe, expect, it } from 'vitest'

import { money, moneyInChinese, price } from './money'

describe('money', () => {
  it.each([[0, '¥0.00'], [5, '¥0.05'], [3000, '¥30.00'], [123456789, '¥1,234,567.89'], [-1500, '−¥15.00']])('%d fen is %s', (fen, text) => {
    expect(money(fen)).toBe(text)
  })
})

describe('price', () => {
  it.each([['1000.00', '¥1,000.00'], ['12', '¥12'], ['0.345', '¥0.345']])('%s is %s', (yuan, text) => {
    expect(price(yuan)).toBe(text)
  })
})

describe('moneyInChinese', () => {
  it.each([
    [0, '零元'], [5, '五分'], [50, '五角'], [1000, '十元'], [3000, '三十元'], [1500, '十五元'], [7388, '七十三元八角八分'],
    [10500, '一百零五元'], [100005, '一千元零五分'], [1230000, '一万二千三百元'], [1000500, '一万零五元'],
  ])('%d fen is %s', (fen, text) => {
    expect(moneyInChinese(fen)).toBe(text)
  })
})
