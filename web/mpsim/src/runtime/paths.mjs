/** Paths inside a mini program: `/a/b`, `../b`, `a/./b` all name the same file relative to the root. */

/** @param {string} path */
export function normalize(path) {
  const parts = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part && part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/** @param {string} from path of the file that asks @param {string} target */
export function resolve(from, target) {
  return target.startsWith('/') ? normalize(target) : normalize(from.replace(/[^/]*$/, '') + target)
}

/**
 * `pages/a/index?x=1` relative to the page on top.
 * @returns {{route: string, query: Record<string, string>}}
 */
export function parseUrl(url, currentRoute = '') {
  const [path, query = ''] = url.split('?')
  return { route: resolve(currentRoute, path), query: Object.fromEntries(new URLSearchParams(query)) }
}
