/** Read a text aloud with the phone's own voice. False where the phone has none. */
export function speak(text: string, language: string): boolean {
  // #ifdef H5
  if (!('speechSynthesis' in window)) return false
  window.speechSynthesis.cancel()
  const utterance = new SpeechSynthesisUtterance(text)
  utterance.lang = language
  utterance.rate = 0.9
  window.speechSynthesis.speak(utterance)
  return true
  // #endif
  // #ifndef H5
  return text === '' && language === ''
  // #endif
}

/** What stands on the page now, as text. */
export function visibleText(): string {
  // #ifdef H5
  return (document.querySelector('uni-page-body') as HTMLElement | null)?.innerText ?? ''
  // #endif
  // #ifndef H5
  return ''
  // #endif
}
