/** The in-page bridge of WeChat. Only H5 has it; everywhere else the functions say so by giving null. */
export interface WechatSdk {
  config(options: Record<string, unknown>): void
  ready(action: () => void): void
  error(action: (reason: unknown) => void): void
  getLocation(options: Record<string, unknown>): void
  scanQRCode(options: Record<string, unknown>): void
  updateAppMessageShareData(options: Record<string, unknown>): void
}

export interface WechatBridge {
  invoke(name: string, options: Record<string, unknown>, answer: (result: { err_msg: string }) => void): void
}

interface Holder { wx?: WechatSdk; WeixinJSBridge?: WechatBridge }

let loading: Promise<WechatSdk | null> | null = null

function holder(): Holder {
  // #ifdef H5
  return window as unknown as Holder
  // #endif
  // #ifndef H5
  return {}
  // #endif
}

/** Load the script once. Gives null where it cannot be loaded: the functions that need it then say so. */
export function loadWechatSdk(url: string | null): Promise<WechatSdk | null> {
  // #ifdef H5
  if (loading) return loading
  if (!url) return Promise.resolve(holder().wx ?? null)
  loading = new Promise((resolve) => {
    const script = document.createElement('script')
    script.src = url
    script.onload = () => resolve(holder().wx ?? null)
    script.onerror = () => { loading = null; resolve(null) }
    document.head.appendChild(script)
  })
  return loading
  // #endif
  // #ifndef H5
  return Promise.resolve(null)
  // #endif
}

/** The bridge, waiting up to `milliseconds` for WeChat to put it into the page. */
export function wechatBridge(milliseconds = 3000): Promise<WechatBridge | null> {
  const present = holder().WeixinJSBridge
  if (present) return Promise.resolve(present)
  // #ifdef H5
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(holder().WeixinJSBridge ?? null), milliseconds)
    document.addEventListener('WeixinJSBridgeReady', () => {
      clearTimeout(timer)
      resolve(holder().WeixinJSBridge ?? null)
    }, { once: true })
  })
  // #endif
  // #ifndef H5
  return Promise.resolve(null)
  // #endif
}

/** Sign the page's address with WeChat. `fetchConfig` asks our server for the signature of the given address. */
export async function readyWechat(
  sdkUrl: string | null,
  apis: string[],
  fetchConfig: (url: string) => Promise<{ app_id: string; timestamp: number; nonce_str: string; signature: string }>,
): Promise<WechatSdk | null> {
  const sdk = await loadWechatSdk(sdkUrl)
  if (!sdk) return null
  let url = ''
  // #ifdef H5
  url = window.location.href.split('#')[0] ?? ''
  // #endif
  const signed = await fetchConfig(url)
  return new Promise((resolve) => {
    sdk.ready(() => resolve(sdk))
    sdk.error(() => resolve(null))
    sdk.config({
      appId: signed.app_id, timestamp: signed.timestamp, nonceStr: signed.nonce_str, signature: signed.signature, jsApiList: apis,
    })
  })
}
