/** Enter and Space act like a tap on what has a button's role. H5 only: mini programs send no key events. */
export function onKey(event: Event): void {
  const { key } = event as KeyboardEvent
  if (key !== 'Enter' && key !== ' ') return
  if (event.target !== event.currentTarget) return
  event.preventDefault()
  ;(event.currentTarget as HTMLElement).click()
}
