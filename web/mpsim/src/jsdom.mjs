/** Runs a compiled mini program in jsdom: open a page, tap, type, look at the screen and at what was asked of the phone. */
import { JSDOM, VirtualConsole } from 'jsdom'
import { compile, runtimeScript } from './compile/index.mjs'

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/**
 * @param {string} dist built mini program
 * @param {{page?: string, phone?: Partial<import('./runtime/base-library.mjs').Phone>, settle?: number}} [options]
 * @throws {Error} when the bundle has problems
 */
export async function open(dist, { page, phone = {}, settle = 60 } = {}) {
  const compiled = compile(dist)
  if (compiled.problems.length > 0) throw new Error(compiled.problems.join('\n'))
  const errors = []
  const virtualConsole = new VirtualConsole()
  virtualConsole.on('jsdomError', (error) => errors.push(error.message))
  virtualConsole.on('error', (...parts) => errors.push(parts.map(String).join(' ')))
  const { window } = new JSDOM('<!DOCTYPE html><div id="root"></div>', {
    url: 'http://mini.localhost/',
    runScripts: 'outside-only',
    pretendToBeVisual: true,
    virtualConsole,
  })
  window.eval(compiled.bundle)
  window.eval(await runtimeScript())
  const program = await window.MiniProgram.start({ page, phone: { fetch: globalThis.fetch, ...phone } })
  await pause(settle)
  const screen = () => [...window.document.querySelectorAll('.mp-page')].at(-1)
  const find = (selector) => {
    const element = screen().querySelector(selector)
    if (!element) throw new Error(`nothing matches ${selector} on ${screen().dataset.route}`)
    return element
  }
  return {
    window,
    program,
    errors,
    find,
    screen,
    text: () => screen().textContent ?? '',
    async tap(selector) {
      find(selector).dispatchEvent(new window.Event('click', { bubbles: true }))
      await pause(settle)
    },
    async type(selector, value) {
      const element = find(selector)
      element.value = value
      element.dispatchEvent(new window.Event('input', { bubbles: true }))
      await pause(settle)
    },
    settle: (milliseconds = settle) => pause(milliseconds),
    close: () => window.close(),
  }
}
