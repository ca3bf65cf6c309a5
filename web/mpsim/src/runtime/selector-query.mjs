/** `my.createSelectorQuery`: measures nodes of the page on top. */

/** @param {Window & typeof globalThis} window */
export function selectorQueryOf(window) {
  const measure = (element) => {
    if (!element) return null
    const { left, top, right, bottom, width, height } = element.getBoundingClientRect()
    const dataset = { ...element.dataset }
    return { id: element.id, dataset, left, top, right, bottom, width, height, scrollTop: element.scrollTop, scrollLeft: element.scrollLeft }
  }
  const viewport = () => ({
    left: 0,
    top: 0,
    width: window.innerWidth,
    height: window.innerHeight,
    scrollTop: window.scrollY,
    scrollLeft: window.scrollX,
  })
  return () => {
    const asked = []
    const query = {
      in: () => query,
      select: (selector) => (asked.push((root) => measure(root.querySelector(selector))), query),
      selectAll: (selector) => (asked.push((root) => [...root.querySelectorAll(selector)].map(measure)), query),
      selectViewport: () => (asked.push(viewport), query),
      boundingClientRect: () => query,
      scrollOffset: () => query,
      fields: () => query,
      node: () => query,
      exec(callback) {
        window.setTimeout(() => {
          const root = [...window.document.querySelectorAll('.mp-page')].at(-1) ?? window.document
          callback?.(asked.map((ask) => ask(root)))
        }, 0)
      },
    }
    return query
  }
}
