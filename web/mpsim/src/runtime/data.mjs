/** `setData` paths and the scope in which AXML expressions are evaluated. */

/**
 * Writes `value` at `a.b[0].c`, copying what lies on the way, as the base library does.
 * @param {object} data @param {string} path @param {unknown} value
 */
export function setPath(data, path, value) {
  const keys = path.replace(/\[(\d+)\]/g, '.$1').split('.')
  let target = data
  for (let i = 0; i < keys.length - 1; i++) {
    const child = target[keys[i]]
    const fresh = /^\d+$/.test(keys[i + 1]) ? [] : {}
    target[keys[i]] = child == null ? fresh : Array.isArray(child) ? child.slice() : { ...child }
    target = target[keys[i]]
  }
  target[keys[keys.length - 1]] = value
}

/** What a value looks like when it stands in text. @param {unknown} value */
export function asText(value) {
  if (value == null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const ALLOWED_GLOBALS = { Math, Number, String, JSON }

/**
 * Names resolve in: loop variables, data, props, four harmless globals. Anything else is undefined, never the browser's.
 * @param {{data: object, props?: object}} owner page or component
 * @param {object} loopVariables
 */
export function scopeOf(owner, loopVariables) {
  return new Proxy(
    {},
    {
      has: (_, name) => typeof name === 'string',
      get(_, name) {
        if (typeof name !== 'string') return undefined
        if (name === '$text') return asText
        if (name in loopVariables) return loopVariables[name]
        if (name in owner.data) return owner.data[name]
        if (owner.props && name in owner.props) return owner.props[name]
        return ALLOWED_GLOBALS[name]
      },
    },
  )
}

/** @param {unknown} value literal or function of a scope */
export function evaluate(value, scope) {
  return typeof value === 'function' ? value(scope) : value
}
