/** The page stack. Depth is limited to ten, as on a phone. */
import { parseUrl } from './paths.mjs'

const DEEPEST = 10

/**
 * @typedef {{key: number, route: string, query: object, component: object, instance: object | null, title: {value: string}}} OpenPage
 * @param {object} parts
 * @param {{value: OpenPage[]}} parts.stack a shallow ref
 * @param {(route: string, query: object) => OpenPage} parts.create throws when there is no such page
 */
export function createNavigation({ stack, create }) {
  const top = () => stack.value.at(-1)
  const hide = () => top()?.instance?.onHide?.()
  const open = (pages, url) => {
    const { route, query } = parseUrl(url, top()?.route)
    stack.value = [...pages, create(route, query)]
  }
  const done = (options, act) => {
    try {
      act()
    } catch (error) {
      const failure = { error: 2, errorMessage: error.message }
      options.fail?.(failure)
      options.complete?.(failure)
      if (!options.fail) throw error
      return Promise.resolve(failure)
    }
    options.success?.({})
    options.complete?.({})
    return Promise.resolve({})
  }
  return {
    navigateTo: (options) =>
      done(options, () => {
        if (stack.value.length >= DEEPEST) throw new Error(`more than ${DEEPEST} pages`)
        hide()
        open(stack.value, options.url)
      }),
    redirectTo: (options) => done(options, () => open(stack.value.slice(0, -1), options.url)),
    reLaunch: (options) => done(options, () => open([], options.url)),
    switchTab: (options) => done(options, () => open([], options.url)),
    navigateBack: (options = {}) =>
      done(options, () => {
        const keep = Math.max(1, stack.value.length - (options.delta ?? 1))
        if (keep === stack.value.length) return
        stack.value = stack.value.slice(0, keep)
        top()?.instance?.onShow?.()
      }),
    setNavigationBar: (options) =>
      done(options, () => {
        const page = top()
        if (page && options.title !== undefined) page.title.value = options.title
      }),
  }
}
