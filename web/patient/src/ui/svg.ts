const head = '<svg xmlns="http://www.w3.org/2000/svg"'

/** A CSS url() with the picture inside: works in browsers and in mini programs, and asks no server. */
export function svgUrl(attributes: string, body: string): string {
  return `url("data:image/svg+xml,${encodeURIComponent(`${head} ${attributes}>${body}</svg>`).replace(/'/g, '%27')}")`
}

/** The mask of a 24 × 24 line icon; the colour comes from the element's background. */
export function iconMask(body: string): string {
  const attributes = 'viewBox="0 0 24 24" fill="none" stroke="#000" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" color="#000"'
  return svgUrl(attributes, body.replace(/var\(--surface,#fff\)/g, 'none'))
}
