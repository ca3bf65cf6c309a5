import { channelOfPath } from './origin'

/** Address of the sign-in page that comes back to `to` (path and hash of this site). */
export function signInAddress(path: string, hash: string): string {
  const prefix = channelOfPath(path) === 'alipay_life' ? '/l' : '/w'
  return `${prefix}/sign-in?to=${encodeURIComponent(`${path}${hash}`)}`
}

/** True where this platform has a way to sign in. */
export function canSignIn(): boolean {
  // #ifdef H5 || MP-ALIPAY
  return true
  // #endif
  // #ifdef MP-WEIXIN
  return false
  // #endif
}

/** Where a code is exchanged for a session without leaving the page; null where the page leaves for the sign-in page. */
export function exchangePath(): string | null {
  // #ifdef MP-ALIPAY
  return '/sign-in/alipay-mini'
  // #endif
  // #ifndef MP-ALIPAY
  return null
  // #endif
}

let leaving = false

/** H5: leave for the sign-in page and come back here. Mini programs exchange a code without leaving the page. */
export function goSignIn(): void {
  // #ifdef H5
  if (leaving) return
  leaving = true
  window.location.assign(signInAddress(window.location.pathname, window.location.hash))
  // #endif
}

/** The one-time code a mini program exchanges for a session. Null on H5 or when the user declines. */
export function signInCode(): Promise<string | null> {
  // #ifdef H5
  return Promise.resolve(null)
  // #endif
  // #ifdef MP-ALIPAY
  return new Promise((resolve) => {
    my.getAuthCode({ scopes: 'auth_base', success: (answer: { authCode: string }) => resolve(answer.authCode), fail: () => resolve(null) })
  })
  // #endif
  // #ifdef MP-WEIXIN
  return new Promise((resolve) => {
    uni.login({ provider: 'weixin', success: (answer) => resolve(answer.code), fail: () => resolve(null) })
  })
  // #endif
}
