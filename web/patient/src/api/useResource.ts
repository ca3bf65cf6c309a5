import { onUnmounted, ref, shallowRef, type Ref, type ShallowRef } from 'vue'

import { readStored, writeStored } from '@/platform/storage'
import { isProblem, type ApiProblem } from './problem'

export interface Resource<T> {
  data: ShallowRef<T | null>
  error: ShallowRef<ApiProblem | null>
  loading: Ref<boolean>
  /** True once loading has lasted 300 ms and there is nothing to show meanwhile. */
  skeleton: Ref<boolean>
  /** When the shown data was read (milliseconds, phone's clock), if it comes from the copy on the phone. */
  cachedAt: Ref<number | null>
  load: () => Promise<T | null>
}

interface Copy<T> { at: number; data: T }

const SKELETON_AFTER = 300

/**
 * Something read from the server for one block of a page.
 *
 * Only the newest call's answer counts. A failed reload keeps what is shown and sets `error`. With `cacheKey` the last
 * answer is shown at once, marked with its age, until the new one is here; use it only for masked data.
 */
export function useResource<T>(read: () => Promise<T>, cacheKey?: string | (() => string)): Resource<T> {
  const data = shallowRef<T | null>(null)
  const error = shallowRef<ApiProblem | null>(null)
  const loading = ref(false)
  const skeleton = ref(false)
  const cachedAt = ref<number | null>(null)
  const keyNow = () => (cacheKey ? `jiuyi.cache.${typeof cacheKey === 'function' ? cacheKey() : cacheKey}` : null)
  let turn = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  const stopTimer = () => { if (timer) clearTimeout(timer) }
  onUnmounted(() => { turn += 1; stopTimer() })

  function showCopy() {
    const key = keyNow()
    const copy = key && data.value === null ? readStored<Copy<T>>(key) : null
    if (!copy) return
    data.value = copy.data
    cachedAt.value = copy.at
  }

  async function load(): Promise<T | null> {
    const mine = (turn += 1)
    showCopy()
    loading.value = true
    stopTimer()
    timer = setTimeout(() => { skeleton.value = loading.value && data.value === null }, SKELETON_AFTER)
    try {
      const fresh = await read()
      if (mine !== turn) return null
      data.value = fresh
      error.value = null
      cachedAt.value = null
      const key = keyNow()
      if (key) writeStored(key, { at: Date.now(), data: fresh } satisfies Copy<T>)
      return fresh
    } catch (failure) {
      if (!isProblem(failure)) throw failure
      if (mine === turn) error.value = failure
      return null
    } finally {
      if (mine === turn) {
        loading.value = false
        skeleton.value = false
        stopTimer()
      }
    }
  }

  return { data, error, loading, skeleton, cachedAt, load }
}
