import { ref } from 'vue'

import { speak } from './server'

const TEXTS = {
  hospital: ['岭南大学附属医院', 'Affiliated Hospital of Lingnan University'],
  brand: ['就医', 'Jiuyi'],
  pay: ['支付', 'Payments'],
  cashier: ['窗口收银', 'Cashier'],
  sign_in: ['登录窗口', 'Sign in at this desk'],
  sign_in_note: ['设备密钥由信息科发放；工号记到每一笔收款上。', 'The information department issues the device key; your staff number goes onto every payment.'],
  device_key: ['设备密钥', 'Device key'],
  operator: ['工号', 'Staff number'],
  enter: ['登录', 'Sign in'],
  hand_over: ['交班', 'Hand over'],
  role: ['收款员', 'cashier'],
  since: ['本班 {0} 起 · 收 {1} 笔 ¥{2} · 退 {3} 笔 ¥{4}', 'Shift since {0} · {1} payments ¥{2} · {3} refunds ¥{4}'],
  step1: ['核对患者与金额', 'Check patient and amount'],
  step2: ['扫患者的付款码', 'Scan the payment code'],
  card: ['就诊卡号，或身份证号', 'Hospital card or ID number'],
  card_note: ['刷卡、扫就诊码，或输入后按 Enter（F2）', 'Read the card or type the number, then Enter (F2)'],
  find: ['查找', 'Find'],
  other: ['换人', 'Other patient'],
  card_no: ['就诊卡', 'Card'],
  male: ['男', 'male'],
  female: ['女', 'female'],
  unknown: ['—', '—'],
  years: ['{0} 岁', 'aged {0}'],
  item: ['项目', 'Item'],
  number: ['单号', 'Number'],
  amount: ['金额（元）', 'Amount (yuan)'],
  fees: ['门诊费用 · {0} {1}', 'Outpatient fees · {0} {1}'],
  bills: ['{0} 张单', '{0} bills'],
  choose: ['收这次费用', 'Collect this'],
  silent: ['医院收费系统没有回答，门诊费用暂时看不到。', 'The hospital\'s billing does not answer: outpatient fees cannot be shown now.'],
  nothing: ['这位患者没有待缴的单。', 'This patient has nothing to pay.'],
  total: ['总额', 'Total'],
  insured: ['医保支付', 'Insurance'],
  own: ['应收自付', 'To collect'],
  by_code: ['扫付款码', 'Scan their code'],
  by_shown: ['出示收款码', 'Show our code'],
  ready: ['扫码枪已就绪', 'Scanner ready'],
  not_ready: ['先选要收的单', 'Choose an order first'],
  scan_here: ['请扫付款码', 'Scan the payment code'],
  scan_note: ['微信、支付宝、云闪付；扫到即收（F4）', 'WeChat, Alipay, UnionPay; charged as soon as it is read (F4)'],
  read_as: ['{0} 位 · {1}', '{0} digits · {1}'],
  not_code: ['不是付款码', 'not a payment code'],
  make_code: ['生成收款码', 'Make a code'],
  received: ['{0}收到 {1} 元', '{0}: {1} yuan received'],
  order: ['订单 {0} · {1}', 'Order {0} · {1}'],
  left: ['还剩 {0} 秒，到时自动撤销', 'Cancelled by itself in {0} s'],
  ask: ['查询结果（F8）', 'Ask now (F8)'],
  stop: ['取消收款（Esc）', 'Cancel (Esc)'],
  refund: ['退款', 'Refund'],
  refund_amount: ['退款金额（元）', 'Amount (yuan)'],
  refund_reason: ['退款原因', 'Reason'],
  refund_sure: ['确认退款', 'Give it back'],
  refund_not: ['不退', 'Do not'],
  refund_done: ['已受理退款 ¥{0}，原路退回；这一单还可退 ¥{1}。', '¥{0} goes back the way it came; ¥{1} is left of this order.'],
  stop_ask: ['要取消这笔收款吗？', 'Give this payment up?'],
  stop_ask_note: ['患者可能正在输密码。取消后会向支付渠道撤销；已经付成功的仍计为收款。', 'The patient may be confirming it. It is reversed at the channel; if it is paid already, it stays paid.'],
  stop_sure: ['确认取消（F9）', 'Give up (F9)'],
  keep_on: ['继续等（Esc）', 'Keep waiting (Esc)'],
  stopping: ['正在取消，请等结果', 'Cancelling; wait for the result'],
  next: ['下一位（Enter）', 'Next patient (Enter)'],
  again: ['重新收款（Enter）', 'Take it again (Enter)'],
  others: ['其他结果怎么说', 'What to say'],
  recent: ['本窗最近', 'Recent here'],
  time: ['时间', 'Time'],
  patient: ['患者', 'Patient'],
  result: ['结果', 'Result'],
  none_yet: ['本班还没有收款。', 'Nothing taken in this shift yet.'],
  keys: ['快捷键', 'Keys'],
  key_card: ['读卡', 'card'],
  key_scan: ['扫码', 'scan'],
  key_ask: ['查询结果', 'ask'],
  key_next: ['下一位', 'next'],
  key_stop: ['取消', 'cancel'],
  lost: ['网络不通', 'No connection'],
  lost_detail: ['没有收到服务器的回答。正在用同一个号码重试，不会重复扣款；先不要再扫。', 'The server did not answer. It is asked again under the same number: nothing is charged twice. Do not scan again.'],
  waiting_here: ['等待扫码', 'Waiting for a code'],
  waiting_note: ['患者出示付款码后，结果会显示在这里。', 'The result is shown here.'],
} as const

export type Text = keyof typeof TEXTS

export const english = ref(false)

/** A text of the page, with `{0}`, `{1}` … filled in. */
export function t(name: Text, ...values: (string | number)[]): string {
  const text: string = TEXTS[name][english.value ? 1 : 0]
  return text.replace(/\{(\d)\}/g, (_, at: string) => String(values[Number(at)] ?? ''))
}

export function turn(): void {
  english.value = !english.value
  speak(english.value ? 'en' : 'zh')
  document.documentElement.lang = english.value ? 'en' : 'zh-CN'
}
