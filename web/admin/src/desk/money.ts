/** Fen as yuan with two decimals and separators: 2140730 → 21,407.30. */
export function yuan(fen: number): string {
  const whole = Math.trunc(Math.abs(fen) / 100).toString().replace(/\B(?=(\d{3})+$)/g, ',')
  return `${fen < 0 ? '−' : ''}${whole}.${(Math.abs(fen) % 100).toString().padStart(2, '0')}`
}

const DIGITS = '零壹贰叁肆伍陆柒捌玖'
const UNITS = ['', '拾', '佰', '仟']
const GROUPS = ['', '万', '亿']

function group(value: number): string {
  let text = ''
  let gap = false
  for (let place = 3; place >= 0; place -= 1) {
    const digit = Math.trunc(value / 10 ** place) % 10
    if (digit === 0) {
      gap = text !== ''
    } else {
      text += `${gap ? '零' : ''}${DIGITS[digit]}${UNITS[place]}`
      gap = false
    }
  }
  return text
}

/** An amount as it is written on receipts: 5050 → 伍拾元伍角整. */
export function inWords(fen: number): string {
  const whole = Math.trunc(fen / 100)
  const [jiao, rest] = [Math.trunc(fen / 10) % 10, fen % 10]
  let text = ''
  for (let at = 2; at >= 0; at -= 1) {
    const value = Math.trunc(whole / 10000 ** at) % 10000
    if (value > 0) text += `${text && value < 1000 ? '零' : ''}${group(value)}${GROUPS[at]}`
  }
  text = text ? `${text}元` : ''
  if (jiao === 0 && rest === 0) return `${text || '零元'}整`
  if (jiao > 0) text += `${DIGITS[jiao]}角`
  else if (text) text += '零'
  return rest > 0 ? `${text}${DIGITS[rest]}分` : `${text}整`
}
