import { defineStore } from 'pinia'

import type { Locale } from '@/format/time'
import { preferredLanguage, setDocumentLanguage, setDocumentStyle } from '@/platform/host'
import { readStored, writeStored } from '@/platform/storage'

interface Kept { locale: Locale; elder: boolean }

const KEY = 'jiuyi.preferences'

export const localeOf = (language: string): Locale => (/^zh/i.test(language) ? 'zh-CN' : 'en')

/** What the patient chose for this phone: language and elder mode; and the style the hospital chose. */
export const usePreferences = defineStore('preferences', {
  state: () => {
    const kept = readStored<Kept>(KEY)
    return { locale: kept?.locale ?? localeOf(preferredLanguage()), elder: kept?.elder ?? false, style: 's1' }
  },
  getters: {
    /** Classes of a page's root: style token set and, if on, elder mode. */
    classes: (state): string => `j-${state.style}${state.elder ? ' j-elder' : ''}`,
  },
  actions: {
    apply() {
      setDocumentLanguage(this.locale)
      setDocumentStyle(this.classes)
    },
    keep() {
      writeStored(KEY, { locale: this.locale, elder: this.elder } satisfies Kept)
      this.apply()
    },
    setLocale(locale: Locale) {
      this.locale = locale
      this.keep()
    },
    setElder(elder: boolean) {
      this.elder = elder
      this.keep()
    },
    setStyle(style: string) {
      this.style = /^s[1-7]$/.test(style) ? style : 's1'
      this.apply()
    },
  },
})
