import { currentChannel } from '@/platform/origin'

/** The app that this page or program runs in, as texts name it. It never changes while a page is open. */
const inAlipay = currentChannel().startsWith('alipay')

export const app = {
  zh: inAlipay ? '支付宝' : '微信',
  en: inAlipay ? 'Alipay' : 'WeChat',
}
