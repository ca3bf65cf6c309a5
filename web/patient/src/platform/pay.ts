import { alipayBridge, loadAlipaySdk } from './alipay'
import { loadWechatSdk, readyWechat, wechatBridge } from './wechat'

/** What the phone says about a payment. A hint, never a fact: the server asks the channel. */
export type PhoneSays = 'ok' | 'cancelled' | 'unknown'

export function readWechatAnswer(message: string): PhoneSays {
  if (message.endsWith(':ok')) return 'ok'
  if (message.endsWith(':cancel')) return 'cancelled'
  return 'unknown'
}

/** 9000 done; 6001 cancelled by the user; 8000 and 6004 unknown by Alipay's own words. */
export function readAlipayAnswer(code: string): PhoneSays {
  if (code === '9000') return 'ok'
  if (code === '6001') return 'cancelled'
  return 'unknown'
}

/** The in-app method of this build and channel, as the server names it. */
export function payMethod(channel: string): string {
  const methods: Record<string, string> = {
    wechat_oa: 'wechat_jsapi', wechat_mini: 'wechat_mini', alipay_life: 'alipay_h5', alipay_mini: 'alipay_mini',
  }
  return methods[channel] ?? 'wechat_jsapi'
}

async function openAlipay(tradeNO: string): Promise<PhoneSays | null> {
  const bridge = await alipayBridge()
  if (!bridge) return null
  return new Promise((resolve) => {
    bridge.call('tradePay', { tradeNO }, (result) => resolve(readAlipayAnswer(String(result.resultCode ?? ''))))
  })
}

/** Load what the cashier of the channel needs in the page; mini programs have it already. */
export async function readyCashier(channel: string, sdk: { wechat_js_url: string | null; alipay_js_url: string | null }): Promise<void> {
  // #ifdef H5
  if (channel.startsWith('alipay')) await loadAlipaySdk(sdk.alipay_js_url)
  else await loadWechatSdk(sdk.wechat_js_url)
  // #endif
}

/** Leave for a page of the channel: a consent, or Alipay's own cashier. False where there is no way there. */
export function leaveFor(url: string): boolean {
  // #ifdef H5
  window.location.assign(url)
  return true
  // #endif
  // #ifdef MP-ALIPAY
  if (!my.ap) return false
  my.ap.navigateToAlipayPage({ path: url })
  return true
  // #endif
  // #ifdef MP-WEIXIN
  return false
  // #endif
}

/** The code with which a consent page sent the patient back; taken out of the address, because it is good once. */
export function takeConsentCode(): string {
  // #ifdef H5
  const query = new URLSearchParams(window.location.search)
  const code = query.get('authCode') ?? ''
  if (code || query.has('errCode')) window.history.replaceState(window.history.state, '', `${window.location.pathname}${window.location.hash}`)
  return code
  // #endif
  // #ifndef H5
  return ''
  // #endif
}

/** Open the cashier in which an insurance and the patient pay together. Null where there is none. */
export async function openMedicalCashier(invoke: Record<string, string>, wechatSdkUrl: string | null, sign: Parameters<typeof readyWechat>[2]): Promise<PhoneSays | null> {
  if (invoke.payUrl) return leaveFor(invoke.payUrl) ? 'unknown' : null
  // #ifdef H5
  const sdk = await readyWechat(wechatSdkUrl, ['requestMedicalInsurancePay'], sign)
  const bridge = sdk ? await wechatBridge() : null
  if (!bridge) return null
  return new Promise((resolve) => {
    bridge.invoke('requestMedicalInsurancePay', invoke, (result) => resolve(readWechatAnswer(result.err_msg)))
  })
  // #endif
  // #ifndef H5
  return null
  // #endif
}

/** Open the cashier of the channel. Gives null where there is none (an ordinary browser). */
export async function openCashier(invoke: Record<string, string>): Promise<PhoneSays | null> {
  // #ifdef H5
  if (invoke.tradeNO) return openAlipay(invoke.tradeNO)
  const bridge = await wechatBridge()
  if (!bridge) return null
  return new Promise((resolve) => {
    bridge.invoke('getBrandWCPayRequest', invoke, (result) => resolve(readWechatAnswer(result.err_msg)))
  })
  // #endif
  // #ifdef MP-ALIPAY
  return new Promise((resolve) => {
    my.tradePay({
      tradeNO: invoke.tradeNO,
      success: (answer: { resultCode?: string }) => resolve(readAlipayAnswer(String(answer.resultCode ?? ''))),
      fail: () => resolve('unknown'),
    })
  })
  // #endif
  // #ifdef MP-WEIXIN
  return new Promise((resolve) => {
    uni.requestPayment({
      provider: 'wxpay',
      orderInfo: invoke,
      timeStamp: invoke.timeStamp ?? '', nonceStr: invoke.nonceStr ?? '', package: invoke.package ?? '',
      signType: invoke.signType ?? 'RSA', paySign: invoke.paySign ?? '',
      success: () => resolve('ok'),
      fail: (reason: { errMsg?: string }) => resolve(readWechatAnswer((reason.errMsg ?? '').replace(/ cancel$/, ':cancel').replace('fail:cancel', ':cancel'))),
    })
  })
  // #endif
}
