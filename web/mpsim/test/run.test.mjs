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
