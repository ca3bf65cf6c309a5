/** A node tree (see compile/template.mjs) to Vue's virtual nodes. */
import { createTextVNode, Fragment, h } from 'vue'
import { asText, evaluate, scopeOf } from './data.mjs'
import { eventFor } from './events.mjs'
import { resolve } from './paths.mjs'

/** AXML event → DOM event. */
const DOM_EVENTS = {
  tap: 'click',
  touchstart: 'touchstart',
  touchmove: 'touchmove',
  touchend: 'touchend',
  touchcancel: 'touchcancel',
  longtap: 'contextmenu',
  input: 'input',
  focus: 'focus',
  blur: 'blur',
  confirm: 'change',
  change: 'change',
  submit: 'submit',
  scroll: 'scroll',
  transitionend: 'transitionend',
}
const VALUE_EVENTS = new Set(['input', 'confirm', 'blur', 'focus', 'change'])
const EVENT_ATTRIBUTE = /^(on|catch)([A-Z].*)$/
const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())

/**
 * @typedef {object} RenderContext
 * @property {object} owner the page or component whose data and handlers count
 * @property {string} path its file, for `usingComponents`
 * @property {Record<string, () => unknown[]> | null} slots
 * @property {(path: string) => object} componentAt
 * @property {Record<string, object>} configs
 * @property {(text: string) => void} complain
 */

/** @param {object[]} nodes @param {RenderContext} context @param {object} [loopVariables] */
export function renderList(nodes, context, loopVariables = {}) {
  const out = []
  let chainDone = true
  for (const node of nodes) {
    const scope = scopeOf(context.owner, loopVariables)
    if (node.text !== undefined) {
      out.push(createTextVNode(asText(evaluate(node.text, scope))))
      continue
    }
    if (node.if !== undefined) {
      chainDone = !!evaluate(node.if, scope)
      if (!chainDone) continue
    } else if (node.elif !== undefined) {
      if (chainDone) continue
      chainDone = !!evaluate(node.elif, scope)
      if (!chainDone) continue
    } else if (node.else) {
      if (chainDone) continue
      chainDone = true
    }
    if (node.for) out.push(renderLoop(node, context, loopVariables, `for-${out.length}`))
    else out.push(...renderNode(node, context, loopVariables))
  }
  return out
}

function renderLoop(node, context, loopVariables, key) {
  const list = evaluate(node.for.list, scopeOf(context.owner, loopVariables)) || []
  const items = typeof list === 'number' ? [...Array(list).keys()] : Array.isArray(list) ? list : Object.values(list)
  const rows = items.map((item, index) => {
    const inner = { ...loopVariables, [node.for.item]: item, [node.for.index]: index }
    const id = node.for.key === '*this' ? item : item && typeof item === 'object' ? item[node.for.key] : index
    return h(Fragment, { key: id ?? index }, renderNode(node, context, inner))
  })
  return h(Fragment, { key }, rows)
}

/** @returns {unknown[]} */
function renderNode(node, context, loopVariables) {
  const scope = scopeOf(context.owner, loopVariables)
  if (node.tag === 'block') return renderList(node.children, context, loopVariables)
  if (node.tag === 'slot') {
    const name = evaluate(node.attrs.name, scope) || 'default'
    const filled = context.slots?.[name]?.()
    return filled?.length ? filled : renderList(node.children, context, loopVariables)
  }
  return [node.component ? renderComponent(node, context, loopVariables, scope) : renderTag(node, context, loopVariables, scope)]
}

function renderComponent(node, context, loopVariables, scope) {
  const { owner, configs, path, componentAt, complain } = context
  const props = {}
  let onRef = null
  for (const [name, raw] of Object.entries(node.attrs)) {
    const value = evaluate(raw, scope)
    if (name === 'ref') {
      onRef = (instance) => owner[value]?.(instance)
    } else if (EVENT_ATTRIBUTE.test(name)) {
      if (!value) continue
      props[name] = (...args) => {
        const handler = typeof value === 'function' ? value : owner[value]
        if (!handler) complain(`handler ${value} is missing on ${owner.is ?? owner.route}`)
        return handler?.apply(owner, args)
      }
    } else {
      props[camel(name)] = value
    }
  }
  /** @type {Record<string, object[]>} */
  const bySlot = {}
  for (const child of node.children) {
    const name = (child.attrs?.slot && evaluate(child.attrs.slot, scope)) || 'default'
    ;(bySlot[name] ??= []).push(child)
  }
  const slots = { $stable: false }
  for (const name of Object.keys(bySlot)) slots[name] = () => renderList(bySlot[name], context, loopVariables)
  const target = resolve(path, configs[path].usingComponents[node.tag])
  return h(componentAt(target), { values: props, onRef }, slots)
}

function renderTag(node, context, loopVariables, scope) {
  const attributes = tagAttributes(node, context, scope)
  if (node.tag === 'input' || node.tag === 'textarea') return renderInput(node, attributes, scope)
  if (node.tag === 'image') {
    const { src, ...rest } = attributes
    return h('image', rest, [h('img', { src, alt: rest['aria-label'] ?? '' })])
  }
  if (node.tag === 'rich-text') return h('rich-text', { ...attributes, innerHTML: asText(evaluate(node.attrs.nodes, scope)) })
  const children = renderList(node.children, context, loopVariables)
  return h(node.tag === 'button' ? 'mp-button' : node.tag, attributes, children)
}

function tagAttributes(node, { owner, complain }, scope) {
  const attributes = {}
  for (const [name, raw] of Object.entries(node.attrs)) {
    const value = evaluate(raw, scope)
    const event = EVENT_ATTRIBUTE.exec(name)
    if (event) {
      if (value) addListener(attributes, event, value, { owner, complain, node })
    } else if (name === 'class') {
      attributes.class = asText(value)
    } else if (name === 'style') {
      attributes.style = value && typeof value === 'object' ? { ...value } : asText(value)
    } else if (value === true) {
      attributes[name] = ''
    } else if (value !== undefined && value !== null && value !== false && typeof value !== 'object') {
      attributes[name] = value
    }
  }
  return attributes
}

function addListener(attributes, [, kind, name], handler, { owner, complain, node }) {
  const type = name.toLowerCase()
  const domType = DOM_EVENTS[type]
  if (!domType) return
  const key = `on${domType[0].toUpperCase()}${domType.slice(1)}`
  const earlier = attributes[key]
  attributes[key] = (event) => {
    earlier?.(event)
    if (kind === 'catch') event.stopPropagation()
    const call = typeof handler === 'function' ? handler : owner[handler]
    if (!call) {
      complain(`handler ${handler} is missing on ${owner.is ?? owner.route}`)
      return
    }
    const detail = VALUE_EVENTS.has(type)
      ? { value: node.tag === 'switch' ? !!event.target.checked : event.target.value }
      : undefined
    call.call(owner, eventFor(event, name[0].toLowerCase() + name.slice(1), detail))
  }
}

function renderInput(node, attributes, scope) {
  const { password, focus, controlled, value, ...rest } = attributes
  if (password !== undefined) rest.type = 'password'
  else if (rest.type && rest.type !== 'text') {
    rest.inputmode = rest.type === 'digit' ? 'decimal' : 'numeric'
    delete rest.type
  }
  const current = node.attrs.value === undefined ? undefined : evaluate(node.attrs.value, scope)
  return h(node.tag, { ...rest, '.value': current ?? '' })
}
