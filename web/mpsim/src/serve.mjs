/** Serves a written simulator folder and passes `/api` on to the running product, so that both share one origin. */
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.svg': 'image/svg+xml',
}

/**
 * @param {string} folder
 * @param {{server?: string, port?: number}} [options] `server`: origin of the product
 * @returns {Promise<{url: string, close: () => Promise<void>}>}
 */
export async function serve(folder, { server, port = 0 } = {}) {
  const listener = http.createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (server && pathname.startsWith('/api')) passOn(request, response, server)
    else sendFile(folder, pathname, response)
  })
  await new Promise((resolve) => listener.listen(port, '127.0.0.1', () => resolve(undefined)))
  const address = /** @type {import('node:net').AddressInfo} */ (listener.address())
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () => new Promise((resolve) => listener.close(() => resolve(undefined))),
  }
}

function sendFile(folder, pathname, response) {
  const file = path.join(folder, pathname === '/' ? 'index.html' : decodeURIComponent(pathname))
  if (!file.startsWith(folder + path.sep) || !fs.existsSync(file)) {
    response.writeHead(404).end()
    return
  }
  response.writeHead(200, { 'Content-Type': TYPES[path.extname(file)] ?? 'application/octet-stream' })
  fs.createReadStream(file).pipe(response)
}

function passOn(request, response, server) {
  const target = new URL(request.url ?? '/', server)
  const outgoing = http.request(
    target,
    { method: request.method, headers: { ...request.headers, host: target.host } },
    (incoming) => {
      response.writeHead(incoming.statusCode ?? 502, incoming.headers)
      incoming.pipe(response)
    },
  )
  outgoing.on('error', (error) => response.writeHead(502).end(error.message))
  request.pipe(outgoing)
}
