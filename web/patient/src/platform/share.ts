/** Hand a text to another person: the phone's own share sheet, else the clipboard. Says which of the two it was. */
export async function shareText(title: string, text: string): Promise<'shared' | 'copied' | 'none'> {
  // #ifdef H5
  if (navigator.share) {
    try {
      await navigator.share({ title, text })
      return 'shared'
    } catch {
      // The user closed the sheet: nothing was shared and nothing is copied behind their back.
      return 'none'
    }
  }
  // #endif
  return new Promise((resolve) => {
    uni.setClipboardData({ data: text, showToast: false, success: () => resolve('copied'), fail: () => resolve('none') })
  })
}

/** Address of a page of this app that another person may open; carries no personal data. */
export function pageLink(page: string): string {
  // #ifdef H5
  return `${window.location.origin}${window.location.pathname}#${page}`
  // #endif
  // #ifndef H5
  return page
  // #endif
}
