export type Locale = 'zh-CN' | 'en'

/** Hospital time is UTC+8 whatever the phone is set to. */
const OFFSET = 8 * 3600_000
const DAY = 86_400_000
const WEEK_ZH = ['日', '一', '二', '三', '四', '五', '六']
const WEEK_EN = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTH_EN = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const pad = (value: number) => String(value).padStart(2, '0')

interface Parts { year: number; month: number; day: number; weekday: number; hour: number; minute: number; second: number }

/** Calendar parts in hospital time of an instant (milliseconds or RFC 3339) or of a date (2026-11-25). */
export function parts(time: number | string): Parts {
  const at = typeof time === 'number' ? time : /^\d{4}-\d\d-\d\d$/.test(time) ? Date.parse(`${time}T00:00:00+08:00`) : Date.parse(time)
  const shifted = new Date(at + OFFSET)
  return {
    year: shifted.getUTCFullYear(), month: shifted.getUTCMonth() + 1, day: shifted.getUTCDate(), weekday: shifted.getUTCDay(),
    hour: shifted.getUTCHours(), minute: shifted.getUTCMinutes(), second: shifted.getUTCSeconds(),
  }
}

/** 2026-11-25 */
export function isoDate(time: number | string): string {
  const { year, month, day } = parts(time)
  return `${year}-${pad(month)}-${pad(day)}`
}

/** Whole days from one date to another, both in hospital time. */
export function daysBetween(from: number | string, to: number | string): number {
  return Math.round((Date.parse(`${isoDate(to)}T00:00:00Z`) - Date.parse(`${isoDate(from)}T00:00:00Z`)) / DAY)
}

/** 周三 · Wed */
export function weekday(time: number | string, locale: Locale): string {
  const { weekday: index } = parts(time)
  return locale === 'en' ? (WEEK_EN[index] ?? '') : `周${WEEK_ZH[index]}`
}

/** 11 月 25 日 周三 · Wed 25 Nov */
export function longDay(time: number | string, locale: Locale): string {
  const { month, day } = parts(time)
  return locale === 'en' ? `${weekday(time, locale)} ${day} ${MONTH_EN[month - 1]}` : `${month} 月 ${day} 日 ${weekday(time, locale)}`
}

/** 11-25 周三 · Wed 25 Nov */
export function shortDay(time: number | string, locale: Locale): string {
  const { month, day } = parts(time)
  return locale === 'en' ? longDay(time, locale) : `${pad(month)}-${pad(day)} ${weekday(time, locale)}`
}

/** 11 月 25 日 · 25 Nov */
export function monthDay(time: number | string, locale: Locale): string {
  const { month, day } = parts(time)
  return locale === 'en' ? `${day} ${MONTH_EN[month - 1]}` : `${month} 月 ${day} 日`
}

/** 19:18 */
export function clock(time: number | string): string {
  const { hour, minute } = parts(time)
  return `${pad(hour)}:${pad(minute)}`
}

/** 19:18:05 */
export function clockSeconds(time: number | string): string {
  return `${clock(time)}:${pad(parts(time).second)}`
}

/** 今天 19:18, 明天 08:00, 11-25 周三 09:00 as seen at `now`. */
export function nearTime(time: number | string, now: number, locale: Locale): string {
  const distance = daysBetween(now, time)
  const names: Record<number, [string, string]> = { [-1]: ['昨天', 'yesterday'], 0: ['今天', 'today'], 1: ['明天', 'tomorrow'] }
  const name = names[distance]
  return `${name ? name[locale === 'en' ? 1 : 0] : shortDay(time, locale)} ${clock(time)}`
}

/** 09:00–09:30, en dash */
export const span = (start: string, end: string) => `${start}–${end}`

/** 12:46 from milliseconds; never negative. */
export function countdown(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000))
  return `${pad(Math.floor(seconds / 60))}:${pad(seconds % 60)}`
}

/** 9 点半, 10 点, 10 点 15 分: how a person says it; for elder mode. */
export function spokenClock(start: string): string {
  const [hour = 0, minute = 0] = start.split(':').map(Number)
  return `${hour} 点${minute === 0 ? '' : minute === 30 ? '半' : ` ${minute} 分`}`
}

/** Age of a figure: 8 秒前, 3 分钟前, 2 小时前. */
export function age(milliseconds: number, locale: Locale): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  const english = locale === 'en'
  if (seconds < 60) return english ? `${seconds} s ago` : `${seconds} 秒前`
  if (seconds < 3600) return english ? `${Math.floor(seconds / 60)} min ago` : `${Math.floor(seconds / 60)} 分钟前`
  if (seconds < 86400) return english ? `${Math.floor(seconds / 3600)} h ago` : `${Math.floor(seconds / 3600)} 小时前`
  return english ? `${Math.floor(seconds / 86400)} d ago` : `${Math.floor(seconds / 86400)} 天前`
}
