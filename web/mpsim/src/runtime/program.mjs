/** One running mini program: loads its modules, holds what they register, opens pages. */
import { createApp, h, nextTick, ref, shallowRef, watch } from 'vue'
import { createMy, defaultPhone } from './base-library.mjs'
import { createNavigation } from './navigation.mjs'
import { componentFor, pageFor } from './owners.mjs'
import { normalize, resolve } from './paths.mjs'

/**
 * @param {Window & typeof globalThis} window
 * @param {{modules: object, templates: object, configs: object}} bundle see compile/index.mjs
 * @param {Partial<import('./base-library.mjs').Phone>} [phoneGiven]
 */
export function createProgram(window, bundle, phoneGiven = {}) {
  const phone = Object.assign(defaultPhone(window), phoneGiven)
  const stack = shallowRef([])
  const toast = ref('')
  const log = { setData: [], calls: [], errors: [], unknown: new Set() }
  const registered = { app: null, pages: {}, components: {} }
  const components = {}
  const modules = {}
  let loading = ''
  let lastKey = 0

  const program = {
    ...bundle,
    phone,
    stack,
    log,
    complain: (text) => log.errors.push(text),
    componentAt(path) {
      const options = registered.components[path]
      if (!options) throw new Error(`component not registered: ${path}`)
      return (components[path] ??= componentFor(path, options, program))
    },
  }
  const showToast = (text, milliseconds) => {
    toast.value = text
    if (text) window.setTimeout(() => (toast.value = ''), milliseconds)
  }
  const create = (route, query) => {
    const options = registered.pages[route]
    if (!options) throw new Error(`no page ${route}`)
    const opened = { key: ++lastKey, route, query, instance: null, component: null, title: ref('') }
    opened.component = pageFor(opened, options, program)
    return opened
  }
  const resume = () => {
    registered.app?.onShow?.call(registered.app, {})
    stack.value.at(-1)?.instance?.onShow?.()
  }
  program.my = createMy({ window, phone, navigation: createNavigation({ stack, create }), log, showToast, resume })

  function load(from, target) {
    const path = resolve(from, target)
    const file = bundle.modules[path] ? path : `${path}.js`
    if (modules[file]) return modules[file].exports
    const run = bundle.modules[file]
    if (!run) throw new Error(`module not found: ${path}, asked for by ${from || 'the program'}`)
    const module = (modules[file] = { exports: {} })
    run(
      (inner) => load(file, inner),
      module,
      module.exports,
      (options) => (registered.app = options),
      (options) => (registered.pages[loading] = options),
      (options) => (registered.components[loading] = options),
      program.my,
      () => registered.app,
      () => stack.value.map((opened) => opened.instance).filter(Boolean),
    )
    return module.exports
  }

  function loadAll() {
    load('', 'app.js')
    for (const path of Object.keys(bundle.configs)) {
      if (!bundle.configs[path].component) continue
      loading = path
      load('', path)
    }
    for (const path of pageNames(bundle.configs.app)) {
      loading = path
      load('', path)
    }
  }

  program.start = async (firstPage) => {
    loadAll()
    const url = firstPage || pageNames(bundle.configs.app)[0]
    const [path, query = ''] = url.split('?')
    const options = { path, query: Object.fromEntries(new URLSearchParams(query)) }
    registered.app?.onLaunch?.call(registered.app, options)
    registered.app?.onShow?.call(registered.app, options)
    stack.value = [create(normalize(path), options.query)]
    keepScrolled(window, stack)
    const vue = createApp({
      render: () => [
        ...stack.value.map((opened, index) =>
          h('div', { key: opened.key, style: index === stack.value.length - 1 ? '' : 'display:none' }, [h(opened.component)]),
        ),
        toast.value ? h('div', { class: 'mp-toast', role: 'status' }, toast.value) : null,
      ],
    })
    vue.config.errorHandler = (error) => {
      log.errors.push(String(error?.stack ?? error))
      window.console.error(error)
    }
    vue.mount(window.document.getElementById('root'))
    await nextTick()
    return program
  }
  return program
}

/** Every page has a place of its own: a new one begins at its top, and going back finds the old one where it was left. */
function keepScrolled(window, stack) {
  const places = new Map()
  const screen = () => window.document.scrollingElement ?? window.document.documentElement
  watch(stack, (now, before) => {
    const left = before.at(-1)
    const shown = now.at(-1)
    if (left) places.set(left.key, screen().scrollTop)
    if (shown && shown !== left) void nextTick().then(() => (screen().scrollTop = places.get(shown.key) ?? 0))
  })
}

/** @param {{pages?: string[], subPackages?: Array<{root: string, pages: string[]}>}} app */
function pageNames(app) {
  const parts = app.subPackages ?? app.subpackages ?? []
  return [...(app.pages ?? []), ...parts.flatMap((part) => part.pages.map((page) => normalize(`${part.root}/${page}`)))]
}
