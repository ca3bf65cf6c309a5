/** Pages and components: their data, life cycles, and the Vue components that show them. */
import { defineComponent, h, nextTick, onMounted, onUnmounted, ref, watch } from 'vue'
import { setPath } from './data.mjs'
import { renderList } from './render.mjs'

let lastId = 0

/**
 * @param {object} owner becomes the page or component instance
 * @param {string} path
 * @param {object} options what was given to `Page()` or `Component()`
 * @param {{value: number}} version raised on each change, so that Vue draws again
 * @param {object} program
 */
function prepare(owner, path, options, version, program) {
  owner.is = path
  owner.$id = ++lastId
  owner.data = { ...(typeof options.data === 'function' ? options.data() : options.data) }
  owner.setData = (changes, callback) => {
    program.log.setData.push({ path, changes })
    for (const [key, value] of Object.entries(changes)) setPath(owner.data, key, value)
    version.value++
    if (callback) nextTick(callback)
  }
  owner.$spliceData = (changes, callback) => {
    const whole = {}
    for (const [key, [start, remove, ...added]] of Object.entries(changes)) {
      const list = [...(owner.data[key] ?? [])]
      list.splice(start, remove, ...added)
      whole[key] = list
    }
    owner.setData(whole, callback)
  }
  owner.createSelectorQuery = program.my.createSelectorQuery
  owner.createIntersectionObserver = program.my.createIntersectionObserver
  owner.selectComponent = () => null
  return owner
}

const contextOf = (owner, path, slots, program) => ({
  owner,
  path,
  slots,
  componentAt: (target) => program.componentAt(target),
  configs: program.configs,
  complain: program.complain,
})

/** @param {string} path @param {object} options @param {object} program */
export function componentFor(path, options, program) {
  return defineComponent({
    name: path.split('/').at(-1),
    inheritAttrs: false,
    props: ['values', 'onRef'],
    setup(given, { slots }) {
      const version = ref(0)
      const owner = prepare({}, path, options, version, program)
      for (const mixin of options.mixins ?? []) Object.assign(owner, mixin.methods)
      for (const [name, method] of Object.entries(options.methods ?? {})) owner[name] = method.bind(owner)
      const whole = (values) => ({ ...options.props, ...values })
      owner.props = whole(given.values)
      options.onInit?.call(owner)
      options.deriveDataFromProps?.call(owner, owner.props)
      watch(
        () => given.values,
        (values) => {
          const next = whole(values)
          const previous = owner.props
          options.deriveDataFromProps?.call(owner, next)
          owner.props = next
          if (options.didUpdate) nextTick(() => options.didUpdate.call(owner, previous, owner.data))
        },
      )
      given.onRef?.(owner)
      onMounted(() => {
        options.didMount?.call(owner)
        given.onRef?.(owner)
      })
      onUnmounted(() => options.didUnmount?.call(owner))
      return () => {
        void version.value
        return renderList(program.templates[path], contextOf(owner, path, slots, program))
      }
    },
  })
}

/** @param {{route: string, query: object, instance: object | null}} opened @param {object} options @param {object} program */
export function pageFor(opened, options, program) {
  const { route, query } = opened
  return defineComponent({
    name: 'MiniProgramPage',
    setup() {
      const version = ref(0)
      const owner = prepare({ route }, route, options, version, program)
      opened.instance = owner
      for (const [name, member] of Object.entries(options)) {
        if (typeof member === 'function') owner[name] = member.bind(owner)
      }
      owner.onLoad?.(query)
      owner.onShow?.()
      onMounted(() => owner.onReady?.())
      onUnmounted(() => owner.onUnload?.())
      return () => {
        void version.value
        const body = renderList(program.templates[route], contextOf(owner, route, null, program))
        return h('div', [titleBar(opened, program), h('main', { class: 'mp-page', 'data-route': route }, body)])
      }
    },
  })
}

function titleBar(opened, program) {
  const config = program.configs[opened.route] ?? {}
  const window = program.configs.app.window ?? {}
  if ((config.transparentTitle ?? window.transparentTitle) === 'always') return null
  const back =
    program.stack.value.length > 1
      ? h('button', { 'aria-label': 'back', onClick: () => program.my.navigateBack() }, '‹')
      : null
  return h('header', { class: 'mp-nav' }, [back, opened.title.value || (config.defaultTitle ?? window.defaultTitle ?? '')])
}
