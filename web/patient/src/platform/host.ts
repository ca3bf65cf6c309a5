const CONTAINER = /MicroMessenger|AlipayClient/i

/** True where the container draws its own title bar (WeChat, Alipay, mini programs): ours is dropped there. */
export function hostDrawsTitle(): boolean {
  // #ifdef H5
  return CONTAINER.test(navigator.userAgent)
  // #endif
  // #ifndef H5
  return true
  // #endif
}

/** Title of the window or of the container's own bar. */
export function setTitle(title: string): void {
  uni.setNavigationBarTitle({ title, fail: () => undefined })
  // #ifdef H5
  document.title = title
  // #endif
}

export function preferredLanguage(): string {
  return String(uni.getLocale() || 'zh-Hans')
}

/** Tell the document its language, for screen readers and fonts, and the framework, for its own pickers. */
export function setDocumentLanguage(language: string): void {
  const own = language === 'en' ? 'en' : 'zh-Hans'
  if (uni.getLocale() !== own) uni.setLocale(own)
  // #ifdef H5
  document.documentElement.lang = language
  // #endif
}

/** Colour behind the pages, for the part of the window a page does not cover. */
export function setDocumentStyle(classes: string): void {
  // #ifdef H5
  document.body.className = classes
  // #endif
}

/** Call the function when the user comes back to the app or the network returns. Gives the function that stops it. */
export function onReturn(action: () => void): () => void {
  // #ifdef H5
  const visible = () => { if (document.visibilityState === 'visible') action() }
  document.addEventListener('visibilitychange', visible)
  window.addEventListener('online', action)
  return () => {
    document.removeEventListener('visibilitychange', visible)
    window.removeEventListener('online', action)
  }
  // #endif
  // #ifndef H5
  const shown = () => action()
  uni.onAppShow(shown)
  return () => uni.offAppShow(shown)
  // #endif
}

export function isOnline(): boolean {
  // #ifdef H5
  return navigator.onLine
  // #endif
  // #ifndef H5
  return true
  // #endif
}

export function call(phone: string): void {
  uni.makePhoneCall({ phoneNumber: phone.replace(/[^\d+]/g, ''), fail: () => undefined })
}

/** Escape closes sheets on a keyboard. Gives the function that stops listening. */
export function onEscape(action: () => void): () => void {
  // #ifdef H5
  const pressed = (event: KeyboardEvent) => { if (event.key === 'Escape') action() }
  document.addEventListener('keydown', pressed)
  return () => document.removeEventListener('keydown', pressed)
  // #endif
  // #ifndef H5
  return () => undefined
  // #endif
}

/** Keep the keyboard inside a dialog: focus its first control, wrap Tab round, give focus back at the end. */
export function holdFocus(selector: string): () => void {
  // #ifdef H5
  const before = document.activeElement
  const controls = () => Array.from(document.querySelectorAll<HTMLElement>(`${selector} [tabindex="0"], ${selector} input, ${selector} textarea`))
  const wrap = (event: KeyboardEvent) => {
    if (event.key !== 'Tab') return
    const all = controls()
    const first = all[0]
    const last = all[all.length - 1]
    if (!first || !last) return
    const leaving = event.shiftKey ? document.activeElement === first : document.activeElement === last
    if (!leaving && all.includes(document.activeElement as HTMLElement)) return
    event.preventDefault()
    ;(event.shiftKey ? last : first).focus()
  }
  document.addEventListener('keydown', wrap)
  setTimeout(() => controls()[0]?.focus(), 30)
  return () => {
    document.removeEventListener('keydown', wrap)
    if (before instanceof HTMLElement) before.focus()
  }
  // #endif
  // #ifndef H5
  return () => undefined
  // #endif
}

/** A page left open while a new version came out asks for files that are gone: start afresh, once a minute at most. */
export function reloadWhenReplaced(): void {
  // #ifdef H5
  window.addEventListener('vite:preloadError', (event) => {
    const key = 'jiuyi.reloaded'
    if (Date.now() - Number(sessionStorage.getItem(key) ?? 0) < 60_000) return
    sessionStorage.setItem(key, String(Date.now()))
    event.preventDefault()
    window.location.reload()
  })
  // #endif
}
