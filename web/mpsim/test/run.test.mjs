import assert from 'node:assert/strict'
import http from 'node:http'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { open } from '../src/jsdom.mjs'

const TINY = fileURLToPath(new URL('./fixtures/tiny', import.meta.url))

/** A server that answers `/api/doctors` and notes what it was asked. */
async function hospital() {
  const asked = []
  const server = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ items: [{ id: 7, name: '林志远' }, { id: 8, name: '周敏' }] }))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { asked, url: `http://127.0.0.1:${server.address().port}`, close: () => (server.close(), server.closeAllConnections()) }
}

test('a tap goes through setData to the screen', async () => {
  const app = await open(TINY)
  assert.equal(app.find('#greeting').textContent, '您好，')
  await app.tap('#elder')
  assert.equal(app.find('#elder').textContent, '标准版')
  assert.match(app.find('view').className, /elder/)
  assert.equal(JSON.stringify(app.program.log.setData.at(-1)), '{"path":"pages/home/index","changes":{"elder":true}}')
  assert.equal(app.program.my.getStorageSync({ key: 'elder' }).data, true)
  assert.equal(app.program.log.errors.length, 0)
  app.close()
})

test('typing reaches the page', async () => {
  const app = await open(TINY)
  await app.type('#name', '陈')
  assert.equal(app.find('#greeting').textContent, '您好，陈')
  app.close()
})

test('requests go to the running server; components, slots and navigation work', async (t) => {
  const server = await hospital()
  t.after(server.close)
  const app = await open(TINY, { phone: { server: server.url } })
  assert.equal(app.find('#none').textContent, '没有医生')
  await app.tap('#load')
  await app.settle(200)
  assert.deepEqual(server.asked, ['GET /api/doctors'])
  assert.equal(app.find('.card').textContent, '林志远 seen 7extra 7')
  await app.tap('.card')
  assert.equal(app.find('#detail').textContent, 'doctor 7 undefined')
  await app.program.my.navigateBack()
  await app.settle()
  assert.equal(app.screen().dataset.route, 'pages/home/index')
  assert.equal(app.program.stack.value[0].instance.shown, 2)
  app.close()
})

test('a page writes its own title into the bar', async () => {
  const app = await open(TINY)
  await app.program.my.setNavigationBar({ title: '就诊人' })
  await app.settle()
  assert.equal(app.screen().previousElementSibling.textContent, '就诊人')
  app.close()
})

test('a phone without network gets the failure', async () => {
  const app = await open(TINY, { phone: { online: false } })
  await app.tap('#load')
  assert.match(app.window.document.body.textContent, /network unavailable/)
  app.close()
})

test('the pretended payment answers as told', async () => {
  const seen = []
  const app = await open(TINY, { phone: { payResult: '6001', onPay: (order) => void seen.push(order.tradeNO) } })
  await app.tap('#pay')
  assert.equal(app.find('#paid').textContent, '6001')
  assert.deepEqual(seen, ['1'])
  app.close()
})

test('a page can be opened directly, with its query', async () => {
  const app = await open(TINY, { page: 'pages/detail/index?id=9' })
  assert.match(app.text(), /doctor 9/)
  app.close()
})

test('what the base library lacks is written down', async () => {
  const app = await open(TINY)
  assert.equal(app.program.my.flyToTheMoon, undefined)
  assert.ok(app.program.log.unknown.has('flyToTheMoon'))
  app.close()
})

test('a program may ask what there is', async () => {
  const app = await open(TINY)
  assert.equal(app.program.my.canIUse('request'), true)
  assert.equal(app.program.my.canIUse('component2'), true)
  assert.equal(app.program.my.canIUse('flyToTheMoon'), false)
  app.program.my.Rocket = class Rocket {}
  assert.ok(new app.program.my.Rocket())
  app.close()
})

/** A sandbox that hands out a code to whoever asks, and notes how it was asked. */
async function alipay() {
  const asked = []
  const server = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ auth_code: 'code-of-p2' }))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { asked, url: `http://127.0.0.1:${server.address().port}`, close: () => (server.close(), server.closeAllConnections()) }
}

test('with a sandbox behind it, the code is that of the person on the phone', async (t) => {
  const sandbox = await alipay()
  t.after(sandbox.close)
  const app = await open(TINY, { phone: { sandbox: sandbox.url, person: 'p2' } })
  const told = await app.program.my.getAuthCode({ scopes: ['auth_base'] })
  assert.equal(told.authCode, 'code-of-p2')
  assert.deepEqual(sandbox.asked, ['POST /bridge/alipay/auth_code?person=p2&app=mini&scopes=auth_base'])
  app.close()
})

test("the cashier is the sandbox's sheet, and only that frame is believed", async (t) => {
  const sandbox = await alipay()
  t.after(sandbox.close)
  const app = await open(TINY, { phone: { sandbox: sandbox.url, person: 'p1' } })
  const tell = (source, origin, data) => app.window.dispatchEvent(new app.window.MessageEvent('message', { source, origin, data }))
  for (const [result, code, expected] of [['ok', '8000', '8000'], ['ok', '', '9000'], ['cancel', undefined, '6001'], ['fail', undefined, '4000']]) {
    const paying = app.program.my.tradePay({ tradeNO: '2026112322001' })
    await app.settle(20)
    const frame = app.window.document.querySelector('iframe[data-jiuyi-sandbox-sheet]')
    const address = new URL(frame.src)
    assert.equal(address.pathname, '/bridge/alipay/cashier')
    assert.equal(address.searchParams.get('trade_no'), '2026112322001')
    const call = address.searchParams.get('call')
    tell(app.window, sandbox.url, { jiuyi_sandbox: 'sheet', call, result: 'ok', code: '9000' })
    tell(frame.contentWindow, 'http://forger.example', { jiuyi_sandbox: 'sheet', call, result: 'ok', code: '9000' })
    assert.ok(app.window.document.querySelector('iframe[data-jiuyi-sandbox-sheet]'))
    tell(frame.contentWindow, sandbox.url, { jiuyi_sandbox: 'sheet', call, result, code })
    assert.equal((await paying).resultCode, expected)
    assert.equal(app.window.document.querySelector('iframe[data-jiuyi-sandbox-sheet]'), null)
  }
  app.close()
})

test('a page of Alipay opens above the program and gives way when it is done or closed', async (t) => {
  const sandbox = await alipay()
  t.after(sandbox.close)
  const app = await open(TINY, { phone: { sandbox: sandbox.url, person: 'p1' } })
  const page = () => app.window.document.querySelector('iframe[data-jiuyi-sandbox-page]')
  const path = `${sandbox.url}/alipay-open/medical/pay.htm?trade_no=1`
  await app.program.my.ap.navigateToAlipayPage({ path })
  const call = new URL(page().src).searchParams.get('opened')
  const tell = (data) => app.window.dispatchEvent(new app.window.MessageEvent('message', { source: page().contentWindow, origin: sandbox.url, data }))
  tell({ jiuyi_sandbox: 'page', call: 'another' })
  assert.ok(page())
  tell({ jiuyi_sandbox: 'page', call })
  assert.equal(page(), null)
  await app.program.my.ap.navigateToAlipayPage({ path: 'https://alipay.example/' })
  assert.equal(new URL(page().src).searchParams.get('opened'), null)
  page().parentElement.querySelector('button').click()
  assert.equal(page(), null)
  app.close()
})

test("the sandbox's pages are asked for by the name of the phone, so that they can close themselves", async (t) => {
  const sandbox = await alipay()
  t.after(sandbox.close)
  const named = sandbox.url.replace('127.0.0.1', 'p1.localhost')
  const app = await open(TINY, { phone: { sandbox: named, person: 'p1' } })
  await app.program.my.ap.navigateToAlipayPage({ path: `${sandbox.url.replace('127.0.0.1', 'localhost')}/alipay-open/medical/pay.htm` })
  const shown = new URL(app.window.document.querySelector('iframe[data-jiuyi-sandbox-page]').src)
  assert.equal(shown.origin, named)
  assert.ok(shown.searchParams.get('opened'))
  app.close()
})

test('a new page begins at its top, and going back finds the old one where it was left', async () => {
  const app = await open(TINY)
  const screen = app.window.document.scrollingElement ?? app.window.document.documentElement
  screen.scrollTop = 300
  await app.program.my.navigateTo({ url: '/pages/detail/index?id=7' })
  await app.settle()
  assert.equal(screen.scrollTop, 0)
  screen.scrollTop = 40
  await app.program.my.navigateBack()
  await app.settle()
  assert.equal(screen.scrollTop, 300)
  app.close()
})
