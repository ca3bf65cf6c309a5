import { get } from '@/api/client'
import { isProblem } from '@/api/problem'
import type { WechatJsConfig } from '@/api/types'
import { loadAlipaySdk } from '@/platform/alipay'
import { pageAddress, scanCode } from '@/platform/scan'
import { loadWechatSdk, type WechatSdk } from '@/platform/wechat'
import type { useSession } from '@/stores/session'

/** WeChat's scanner works only on a page that was configured with a signature of its address. */
async function configured(sdk: WechatSdk, url: string): Promise<WechatSdk | null> {
  const config = await get<WechatJsConfig>('/wechat/js-config', { url })
  return new Promise((resolve) => {
    sdk.ready(() => resolve(sdk))
    sdk.error(() => resolve(null))
    sdk.config({ appId: config.app_id, timestamp: config.timestamp, nonceStr: config.nonce_str, signature: config.signature, jsApiList: config.js_api_list })
  })
}

/** Scan the code at a bed; null when nothing was read. */
export async function scanBedside(session: ReturnType<typeof useSession>): Promise<string | null> {
  const bootstrap = await session.ready()
  if (!bootstrap.channel.startsWith('wechat')) {
    await loadAlipaySdk(bootstrap.sdk.alipay_js_url)
    return scanCode(null)
  }
  const sdk = await loadWechatSdk(bootstrap.sdk.wechat_js_url)
  if (!sdk) return scanCode(null)
  try {
    return await scanCode(await configured(sdk, pageAddress()))
  } catch (error) {
    if (!isProblem(error)) throw error
    return null
  }
}
