import { computed, type ComputedRef } from 'vue'

import type { Locale } from '@/format/time'
import { usePreferences } from '@/stores/preferences'
import { en } from './en'
import { zh } from './zh'

/**
 * All texts. A text with a gap is a function, so that mini programs, which have no message compiler, show the same as
 * H5, and so that the type checker finds a missing key or a forgotten argument.
 */
export type Texts = typeof zh

const dictionaries: Record<Locale, Texts> = { 'zh-CN': zh, en }

export function texts(locale: Locale): Texts {
  return dictionaries[locale]
}

export function useText(): { t: ComputedRef<Texts>; locale: ComputedRef<Locale>; named: (item: Named | null | undefined) => string } {
  const preferences = usePreferences()
  const locale = computed(() => preferences.locale)
  return {
    t: computed(() => dictionaries[preferences.locale]),
    locale,
    named: (item) => nameIn(item, preferences.locale),
  }
}

export interface Named { name: string; name_en: string }

/** The name in the language of the page; the Chinese name where the hospital has no English one. */
export function nameIn(item: Named | null | undefined, locale: Locale): string {
  if (!item) return ''
  return locale === 'en' && item.name_en ? item.name_en : item.name
}

/** One of two texts the hospital keeps, falling back to Chinese. */
export function inLanguage(locale: Locale, chinese: string, english: string | null | undefined): string {
  return locale === 'en' && english ? english : chinese
}
