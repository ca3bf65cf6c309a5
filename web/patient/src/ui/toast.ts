import { reactive } from 'vue'

/** One short message over the page, spoken by screen readers; it goes by itself. */
export const toastState = reactive({ text: '', turn: 0 })

export function toast(text: string, milliseconds = 3000): void {
  const mine = (toastState.turn += 1)
  toastState.text = text
  setTimeout(() => { if (toastState.turn === mine) toastState.text = '' }, milliseconds)
}
