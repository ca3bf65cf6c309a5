/**
 * `my.*`: the part of Alipay's base library that the product uses, played by a pretended phone.
 *
 * @typedef {object} Phone
 * @property {string} server origin of the running product; the origin of every request is replaced by it
 * @property {string} authCode what `my.getAuthCode` hands out
 * @property {string} payResult `resultCode` of `my.tradePay`: 9000 paid, 6001 given up, 8000 and 6004 unknown, 4000 failed
 * @property {(order: {tradeNO?: string, orderStr?: string}) => void | Promise<void>} [onPay] called before the result
 * @property {{latitude: number, longitude: number} | null} location null: the person refused
 * @property {string | null} scanned null: the person closed the camera
 * @property {boolean} online
 * @property {typeof fetch} fetch
 * @property {string} [sandbox] origin of the running sandbox: sign-in, cashier, location and camera are then its own
 * @property {string} [person] p1…p8: who holds the phone, where the host name does not say it
 */
import { sandboxPhone } from './sandbox-phone.mjs'
import { selectorQueryOf } from './selector-query.mjs'

/** @param {URLSearchParams} query of the page that runs the simulator @returns {Partial<Phone>} */
export function phoneFromQuery(query) {
  const phone = {}
  if (query.has('server')) phone.server = query.get('server')
  if (query.has('auth_code')) phone.authCode = query.get('auth_code')
  if (query.has('pay')) phone.payResult = query.get('pay')
  if (query.has('scan')) phone.scanned = query.get('scan')
  if (query.has('offline')) phone.online = false
  if (query.has('sandbox')) phone.sandbox = query.get('sandbox')
  if (query.has('person')) phone.person = query.get('person')
  return phone
}

/** @param {Window & typeof globalThis} window @returns {Phone} */
export function defaultPhone(window) {
  return {
    server: window.location.origin === 'null' ? '' : window.location.origin,
    authCode: 'sim-auth-code',
    payResult: '9000',
    location: { latitude: 23.1322, longitude: 113.2892 },
    scanned: null,
    online: true,
    fetch: (...args) => window.fetch(...args),
  }
}

/**
 * @param {object} parts
 * @param {Window & typeof globalThis} parts.window
 * @param {Phone} parts.phone
 * @param {object} parts.navigation see navigation.mjs
 * @param {{calls: Array<[string, unknown]>, unknown: Set<string>}} parts.log
 * @param {(text: string, milliseconds: number) => void} parts.showToast
 * @param {() => void} parts.resume the person is back from a page above the program
 */
export function createMy({ window, phone, navigation, log, showToast, resume }) {
  const library = {
    ...system(window, phone),
    ...storage(),
    ...network(phone),
    ...abilities(window, phone),
    ap: pages(window, phone, log, resume),
    ...feedback(showToast),
    ...navigation,
    createSelectorQuery: selectorQueryOf(window),
    createIntersectionObserver: quietObserver,
  }
  const offered = new Set(['component2', ...Object.keys(library)])
  library.canIUse = (name) => offered.has(name)
  return new Proxy(library, {
    get(target, name) {
      if (typeof name !== 'string') return undefined
      if (!(name in target)) {
        log.unknown.add(name)
        return undefined
      }
      const member = target[name]
      // What the program itself hangs on `my` (classes among it) is given back untouched.
      if (typeof member !== 'function' || name === 'canIUse' || !offered.has(name)) return member
      return (...args) => {
        log.calls.push([name, args[0]])
        return member.apply(target, args)
      }
    },
  })
}

/** Answers through `success`/`fail`/`complete` and, when none is given, through a promise. */
function answer(options, outcome) {
  const settle = Promise.resolve()
    .then(outcome)
    .then(
      (value) => {
        options?.success?.(value)
        options?.complete?.(value)
        return value
      },
      (error) => {
        const failure = { error: error.code ?? 12, errorMessage: error.message }
        options?.fail?.(failure)
        options?.complete?.(failure)
        if (!options?.fail && !options?.complete) throw Object.assign(error, failure)
        return undefined
      },
    )
  return settle
}

function refusal(code, message) {
  return Object.assign(new Error(message), { code })
}

function system(window, phone) {
  const info = () => ({
    language: 'zh-CN',
    platform: 'iOS',
    system: '17.0',
    version: '10.5.90',
    app: 'alipay',
    brand: 'simulator',
    model: 'simulator',
    pixelRatio: 2,
    windowWidth: window.innerWidth,
    windowHeight: window.innerHeight - 44,
    screenWidth: window.innerWidth,
    screenHeight: window.innerHeight,
    statusBarHeight: 20,
    titleBarHeight: 44,
    fontSizeSetting: 16,
    SDKVersion: '2.8.0',
  })
  const networkState = () => ({ networkAvailable: phone.online, networkType: phone.online ? 'WIFI' : 'NOTREACHABLE' })
  return {
    SDKVersion: '2.8.0',
    getSystemInfoSync: info,
    getSystemInfo: (options) => answer(options, info),
    getAppBaseInfo: info,
    getWindowInfo: info,
    getDeviceInfo: info,
    getLaunchOptionsSync: () => ({ path: '', query: {} }),
    getEnterOptionsSync: () => ({ path: '', query: {} }),
    getAccountInfoSync: () => ({ miniProgram: { appId: 'simulator', envVersion: 'develop', version: '0.0.1' } }),
    getNetworkType: (options) => answer(options, networkState),
    onNetworkStatusChange() {},
    offNetworkStatusChange() {},
    onAppShow() {},
    offAppShow() {},
    onAppHide() {},
    onError() {},
    offError() {},
    onUnhandledRejection() {},
    getUpdateManager: () => ({ onCheckForUpdate() {}, onUpdateReady() {}, onUpdateFailed() {}, applyUpdate() {} }),
  }
}

function storage() {
  const kept = new Map()
  const info = () => ({ keys: [...kept.keys()], currentSize: kept.size, limitSize: 10240 })
  return {
    getStorageSync: ({ key }) => ({ data: kept.get(key) ?? null }),
    setStorageSync: ({ key, data }) => (kept.set(key, data), { success: true }),
    removeStorageSync: ({ key }) => kept.delete(key),
    clearStorageSync: () => kept.clear(),
    getStorageInfoSync: info,
    getStorage: (options) => answer(options, () => ({ data: kept.get(options.key) ?? null })),
    setStorage: (options) => answer(options, () => (kept.set(options.key, options.data), { success: true })),
    removeStorage: (options) => answer(options, () => ({ success: kept.delete(options.key) })),
    clearStorage: (options) => answer(options, () => kept.clear()),
    getStorageInfo: (options) => answer(options, info),
  }
}

function network(phone) {
  const address = (url) => {
    const parsed = new URL(url, phone.server || 'http://mini.invalid')
    return phone.server ? phone.server.replace(/\/$/, '') + parsed.pathname + parsed.search : parsed.href
  }
  const send = async (options, signal) => {
    if (!phone.online) throw refusal(12, 'network unavailable')
    const method = (options.method ?? 'GET').toUpperCase()
    const headers = { ...(options.headers ?? options.header) }
    const hasBody = options.data !== undefined && !['GET', 'HEAD'].includes(method)
    const url = new URL(address(options.url))
    if (!hasBody && options.data && typeof options.data === 'object') {
      for (const [name, value] of Object.entries(options.data)) url.searchParams.set(name, String(value))
    }
    const body = hasBody ? (typeof options.data === 'string' ? options.data : JSON.stringify(options.data)) : undefined
    if (hasBody && !Object.keys(headers).some((name) => name.toLowerCase() === 'content-type')) {
      headers['Content-Type'] = 'application/json'
    }
    const response = await phone.fetch(url.href, { method, headers, body, signal })
    const text = await response.text()
    const json = options.dataType === undefined || /json/i.test(options.dataType)
    const received = Object.fromEntries(response.headers.entries())
    return { data: json ? parsed(text) : text, status: response.status, statusCode: response.status, headers: received, header: received }
  }
  return {
    request(options) {
      const aborter = new AbortController()
      const timer = setTimeout(() => aborter.abort(), options.timeout ?? 30_000)
      const promise = answer(options, () => send(options, aborter.signal)).finally(() => clearTimeout(timer))
      return Object.assign(promise, { abort: () => aborter.abort() })
    },
  }
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return text // an empty or a plain answer: the program receives it as it is
  }
}

function abilities(window, phone) {
  const real = phone.sandbox ? sandboxPhone(window, phone) : null
  return {
    getAuthCode: (options) =>
      answer(options, async () => {
        const scopes = [options?.scopes ?? 'auth_base'].flat()
        return { authCode: real ? await real.authCode(scopes) : phone.authCode, authSuccessScopes: scopes, authErrorScopes: {} }
      }),
    tradePay: (options) =>
      answer(options, async () => {
        if (real) return real.tradePay(options.tradeNO)
        await phone.onPay?.(options)
        return { resultCode: phone.payResult, memo: '', result: '' }
      }),
    getLocation: (options) =>
      answer(options, async () => {
        const found = real ? await real.location() : phone.location
        if (!found) throw refusal(11, 'location refused')
        return { ...found, latitude: String(found.latitude), longitude: String(found.longitude), accuracy: '30' }
      }),
    scan: (options) =>
      answer(options, async () => {
        const found = real ? await real.scan() : phone.scanned
        if (found === null) throw refusal(10, 'camera closed')
        return { code: found, qrCode: found }
      }),
    makePhoneCall: (options) => answer(options, () => ({})),
    setClipboard: (options) => answer(options, () => ({ success: true })),
    setScreenBrightness: (options) => answer(options, () => ({})),
    getScreenBrightness: (options) => answer(options, () => ({ brightness: 0.5 })),
    setKeepScreenOn: (options) => answer(options, () => ({})),
    vibrateShort: (options) => answer(options, () => ({})),
    pageScrollTo: (options) => answer(options, () => ({})),
    stopPullDownRefresh: (options) => answer(options, () => ({})),
    hideBackHome() {},
    hideTabBar: (options) => answer(options, () => ({})),
    showTabBar: (options) => answer(options, () => ({})),
    hideKeyboard() {},
  }
}

/** `my.ap`: pages of Alipay's above the mini program. */
function pages(window, phone, log, resume) {
  return {
    navigateToAlipayPage: (options) => {
      log.calls.push(['ap.navigateToAlipayPage', options])
      return answer(options, () => {
        if (!phone.sandbox) throw refusal(4, 'no such page')
        void sandboxPhone(window, phone).page(options.path).then(resume)
        return {}
      })
    },
  }
}

function feedback(showToast) {
  return {
    showToast(options) {
      showToast(options.content, options.duration ?? 2000)
      return answer(options, () => ({}))
    },
    hideToast: (options) => answer(options, () => showToast('', 0)),
    showLoading: (options) => answer(options, () => ({})),
    hideLoading: (options) => answer(options, () => ({})),
    alert: (options) => answer(options, () => ({ success: true })),
    confirm: (options) => answer(options, () => ({ confirm: true })),
    showActionSheet: (options) => answer(options, () => ({ index: 0 })),
  }
}

function quietObserver() {
  const observer = { relativeToViewport: () => observer, relativeTo: () => observer, observe() {}, disconnect() {} }
  return observer
}
