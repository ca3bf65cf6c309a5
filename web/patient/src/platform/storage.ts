/** Values kept on the phone. Nothing that names a person goes in here except what the server has masked. */
export function readStored<T>(key: string): T | null {
  try {
    const text: unknown = uni.getStorageSync(key)
    return typeof text === 'string' && text ? (JSON.parse(text) as T) : null
  } catch {
    // A private window or a damaged value: the app works without it.
    return null
  }
}

export function writeStored(key: string, value: unknown): void {
  try {
    if (value === null) uni.removeStorageSync(key)
    else uni.setStorageSync(key, JSON.stringify(value))
  } catch {
    // Storage full or forbidden: losing the copy costs a wait next time, nothing else.
  }
}

/** Forget all cached copies of one account (sign-out). Preferences stay. */
export function forgetStored(prefix: string): void {
  for (const key of uni.getStorageInfoSync().keys) {
    if (key.startsWith(prefix)) uni.removeStorageSync(key)
  }
}
