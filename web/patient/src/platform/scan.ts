import { alipayBridge } from './alipay'
import { currentChannel } from './origin'
import type { WechatSdk } from './wechat'

/** Text of the code the user scans; null when they stop or the phone cannot. On H5 the scanner of the app is used. */
export function scanCode(sdk: WechatSdk | null): Promise<string | null> {
  // #ifdef H5
  if (currentChannel() === 'alipay_life') return scanInAlipay()
  if (!sdk) return Promise.resolve(null)
  return new Promise((resolve) => {
    sdk.scanQRCode({
      needResult: 1, scanType: ['qrCode'],
      success: (answer: { resultStr: string }) => resolve(answer.resultStr), cancel: () => resolve(null), fail: () => resolve(null),
    })
  })
  // #endif
  // #ifndef H5
  return new Promise((resolve) => {
    uni.scanCode({ success: (answer) => resolve(answer.result), fail: () => resolve(null) })
  })
  // #endif
}

async function scanInAlipay(): Promise<string | null> {
  const bridge = await alipayBridge()
  if (!bridge) return null
  return new Promise((resolve) => {
    bridge.call('scan', { type: 'qr' }, (answer) => resolve(answer.qrCode ?? answer.codeContent ?? null))
  })
}

/** Address of this page as WeChat signs it: without what comes after #. Empty where there is none. */
export function pageAddress(): string {
  // #ifdef H5
  return window.location.href.split('#')[0] ?? ''
  // #endif
  // #ifndef H5
  return ''
  // #endif
}
