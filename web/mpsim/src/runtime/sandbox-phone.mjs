/**
 * A phone whose Alipay is the sandbox: codes come from it, and the cashier, the camera and the map are sheets that it shows.
 * A sheet is a frame of the sandbox; its answer comes by postMessage and is believed only from the sandbox's origin and
 * from that very frame.
 *
 * @typedef {object} Sheet
 * @property {string} result ok, cancel, fail; `silent` (the person walked away) is never told
 * @property {string} [code] what `my.tradePay` answers
 * @property {string} [reason]
 * @property {unknown} [value]
 */
const ENDS = { ok: '9000', cancel: '6001', fail: '4000' }

/**
 * @param {Window & typeof globalThis} window
 * @param {{sandbox: string, person?: string, fetch: typeof fetch}} phone `person`: p1…p8, where the host does not say it
 */
export function sandboxPhone(window, phone) {
  const base = new URL('/bridge/', phone.sandbox)
  const state = { call: 0, open: false }

  function address(path, params) {
    const url = new URL(path, base)
    for (const [name, value] of Object.entries({ person: phone.person, ...params })) {
      if (value !== undefined && value !== null) url.searchParams.set(name, String(value))
    }
    return url.href
  }

  /** @returns {Promise<Sheet>} pending for ever when the person leaves without an answer */
  function sheet(path, title, params = {}) {
    if (state.open) return Promise.resolve({ result: 'fail', reason: 'another sheet is open' })
    const { document } = window
    const call = `mini${++state.call}`
    const frame = document.createElement('iframe')
    frame.title = title
    frame.setAttribute('data-jiuyi-sandbox-sheet', path)
    frame.style.cssText =
      'position:fixed;inset:0;width:100%;height:100%;border:0;z-index:2147483647;background:transparent;color-scheme:normal'
    frame.src = address(path, { ...params, call, origin: window.location.origin, lang: language(window) })
    state.open = true
    return new Promise((resolve) => {
      function heard(event) {
        if (event.origin !== base.origin || event.source !== frame.contentWindow) return
        if (event.data?.jiuyi_sandbox !== 'sheet' || event.data.call !== call) return
        window.removeEventListener('message', heard)
        frame.remove()
        state.open = false
        if (event.data.result !== 'silent') resolve(event.data)
      }
      window.addEventListener('message', heard)
      frame.addEventListener('load', () => frame.contentWindow?.focus())
      document.body.appendChild(frame)
    })
  }

  return {
    /**
     * A page of Alipay's above the mini program, with a way back. Pages of the sandbox close it themselves when they are
     * done. @param {string} path @returns {Promise<void>} when the person is back
     */
    page(path) {
      const { document } = window
      const call = `page${++state.call}`
      const url = new URL(path)
      // Every phone reaches the sandbox by a name of its own; the page is asked for by the name of this phone.
      if (url.port === base.port && isLocal(url) && isLocal(base)) url.hostname = base.hostname
      if (url.origin === base.origin) url.searchParams.set('opened', call)
      const above = document.createElement('div')
      above.style.cssText = 'position:fixed;inset:0;z-index:2147483646;background:#fff;display:flex;flex-direction:column'
      above.innerHTML = '<div class="mp-nav" style="flex:none"><button type="button">‹ 返回</button>支付宝</div>'
      const frame = document.createElement('iframe')
      frame.title = '支付宝'
      frame.setAttribute('data-jiuyi-sandbox-page', '')
      frame.style.cssText = 'flex:1;width:100%;border:0'
      frame.src = url.href
      above.append(frame)
      return new Promise((resolve) => {
        function close() {
          window.removeEventListener('message', heard)
          above.remove()
          resolve()
        }
        function heard(event) {
          if (event.origin !== base.origin || event.source !== frame.contentWindow) return
          if (event.data?.jiuyi_sandbox === 'page' && event.data.call === call) close()
        }
        above.querySelector('button').addEventListener('click', close)
        window.addEventListener('message', heard)
        document.body.appendChild(above)
      })
    },
    /** @param {string[]} scopes @returns {Promise<string>} */
    async authCode(scopes) {
      const url = address('alipay/auth_code', { app: 'mini', scopes: scopes.join(',') })
      const response = await phone.fetch(url, { method: 'POST', credentials: 'omit' })
      const body = await response.json()
      if (!body.auth_code) throw new Error(body.error)
      return body.auth_code
    },
    /** @param {string} tradeNO @returns {Promise<{resultCode: string, memo: string, result: string}>} */
    async tradePay(tradeNO) {
      const told = await sheet('alipay/cashier', '支付宝', { trade_no: tradeNO })
      return { resultCode: told.code || ENDS[told.result] || '4000', memo: told.reason ?? '', result: '' }
    },
    async location() {
      const told = await sheet('location', '位置', { type: 'gcj02' })
      return told.result === 'ok' ? told.value : null
    },
    async scan() {
      const told = await sheet('scan', '扫一扫')
      return told.result === 'ok' ? String(told.value) : null
    },
  }
}

function isLocal(url) {
  return /(^|\.)localhost$/.test(url.hostname)
}

function language(window) {
  return /^en/i.test(window.document.documentElement.lang || '') ? 'en' : 'zh'
}
