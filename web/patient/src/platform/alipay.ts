/** The in-page bridge of Alipay. Only H5 has it; everywhere else the functions say so by giving null. */
export interface AlipayAnswer { resultCode?: string | number; qrCode?: string; codeContent?: string }

export interface AlipayBridge {
  call(name: string, options: Record<string, unknown>, answer: (result: AlipayAnswer) => void): void
}

interface Holder { AlipayJSBridge?: AlipayBridge }

let loading: Promise<void> | null = null

function holder(): Holder {
  // #ifdef H5
  return window as unknown as Holder
  // #endif
  // #ifndef H5
  return {}
  // #endif
}

/** Load Alipay's script once. Inside Alipay the bridge is in the page without it, so a failure decides nothing. */
export function loadAlipaySdk(url: string | null): Promise<void> {
  // #ifdef H5
  if (loading) return loading
  if (!url) return Promise.resolve()
  loading = new Promise((resolve) => {
    const script = document.createElement('script')
    script.src = url
    script.onload = () => resolve()
    script.onerror = () => { loading = null; resolve() }
    document.head.appendChild(script)
  })
  return loading
  // #endif
  // #ifndef H5
  return Promise.resolve()
  // #endif
}

/** The bridge, waiting up to `milliseconds` for Alipay to put it into the page. */
export function alipayBridge(milliseconds = 3000): Promise<AlipayBridge | null> {
  const present = holder().AlipayJSBridge
  if (present) return Promise.resolve(present)
  // #ifdef H5
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(holder().AlipayJSBridge ?? null), milliseconds)
    document.addEventListener('AlipayJSBridgeReady', () => {
      clearTimeout(timer)
      resolve(holder().AlipayJSBridge ?? null)
    }, { once: true })
  })
  // #endif
  // #ifndef H5
  return Promise.resolve(null)
  // #endif
}
