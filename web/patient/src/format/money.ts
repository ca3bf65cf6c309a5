/** ¥ with two decimals, always; `fen` is an integer. */
export function money(fen: number): string {
  const sign = fen < 0 ? '−' : ''
  const whole = Math.abs(Math.round(fen))
  const yuan = Math.floor(whole / 100).toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return `${sign}¥${yuan}.${String(whole % 100).padStart(2, '0')}`
}

/** A price as the hospital writes it (`1000.00`, `0.345`), read like every other sum. */
export function price(yuan: string): string {
  const [whole = '', rest] = yuan.split('.')
  return `¥${whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')}${rest === undefined ? '' : `.${rest}`}`
}

const DIGITS = '零一二三四五六七八九'

function below10000(value: number): string {
  let text = ''
  let gap = false
  for (const [unit, name] of [[1000, '千'], [100, '百'], [10, '十'], [1, '']] as const) {
    const digit = Math.floor(value / unit) % 10
    if (digit === 0) { gap = gap || text !== ''; continue }
    text += `${gap ? '零' : ''}${DIGITS[digit]}${name}`
    gap = false
  }
  return text.replace(/^一十/, '十')
}

/** The amount in everyday Chinese words, for elder mode: 3000 → 三十元, 7388 → 七十三元八角八分. */
export function moneyInChinese(fen: number): string {
  const whole = Math.abs(Math.round(fen))
  const yuan = Math.floor(whole / 100)
  const high = Math.floor(yuan / 10000)
  const low = yuan % 10000
  const lowText = low ? `${high && low < 1000 ? '零' : ''}${below10000(low)}` : ''
  const yuanText = yuan ? `${high ? `${below10000(high)}万` : ''}${lowText}元` : ''
  const jiao = Math.floor((whole % 100) / 10)
  const cent = whole % 10
  const rest = `${jiao ? `${DIGITS[jiao]}角` : cent && yuan ? '零' : ''}${cent ? `${DIGITS[cent]}分` : ''}`
  return yuanText + rest || '零元'
}
