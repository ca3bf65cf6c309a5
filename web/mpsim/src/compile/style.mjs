/**
 * ACSS to CSS that a browser understands: `page` and `button` selectors get the simulator's names, `rpx` becomes a share
 * of the width, imports are dropped because every sheet is joined into one.
 */

const PAGE_SELECTOR = /(^|[\s,}>])page(?=[\s,{:.>])/g
const BUTTON_SELECTOR = /(^|[\s,}>])button(?=[\s,{:.[>])/g
const RPX = /(-?[\d.]+)rpx/g
const IMPORT = /@import\s+["'][^"']+["'];?/g
const REMOTE = /url\(\s*["']?(https?:)?\/\/[^)]*\)/g

/** @param {string} acss */
export function browserCss(acss) {
  return acss
    .replace(IMPORT, '')
    .replace(PAGE_SELECTOR, '$1.mp-page')
    .replace(BUTTON_SELECTOR, '$1mp-button')
    .replace(RPX, (_, number) => `calc(${number} * 100vw / 750)`)
}

/**
 * Addresses of other hosts in a style sheet: a mini program that loads its fonts from a stranger fails in review.
 * @param {string} css
 */
export function remoteAddresses(css) {
  return css.match(REMOTE) ?? []
}
