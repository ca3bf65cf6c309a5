/**
 * Makes uni-app's Alipay output self-contained: the component kit's icon font goes into the style sheet, the framework's
 * preload of pictures from its own host is dropped. Nothing may load from a host that is not ours.
 */
import fs from 'node:fs'
import path from 'node:path'
import { remoteAddresses } from './compile/style.mjs'

const REMOTE_FONT = /src:\s*url\([^;}]*at\.alicdn\.com[^;}]*/g
const PRELOAD_RULE = /page::after\s*\{position:\s*fixed[\s\S]*?\}(?=@-webkit-keyframes shadow-preload|@keyframes shadow-preload)/
const PRELOAD_FRAMES = /@(-webkit-)?keyframes shadow-preload\s*\{\s*0%\s*\{[^}]*\}\s*100%\s*\{[^}]*\}\s*\}/g
const KIT_FONT = 'wot-design-uni/components/wd-icon/wd-icons.ttf'

/**
 * @param {string} dist a built mini program (any of the platforms: `.acss`, `.wxss`)
 * @param {string} nodeModules where the component kit is installed
 * @returns {string[]} addresses of other hosts that are still there, with their files
 */
export function makeSelfContained(dist, nodeModules) {
  const left = []
  let font = ''
  for (const entry of fs.readdirSync(dist, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(acss|wxss|css)$/.test(entry.name)) continue
    const file = path.join(entry.parentPath ?? entry.path, entry.name)
    const before = fs.readFileSync(file, 'utf8')
    const after = before.replace(PRELOAD_RULE, '').replace(PRELOAD_FRAMES, '').replace(REMOTE_FONT, () => {
      font ||= fs.readFileSync(path.join(nodeModules, KIT_FONT)).toString('base64')
      return `src:url(data:font/ttf;base64,${font}) format("truetype")`
    })
    if (after !== before) fs.writeFileSync(file, after)
    for (const address of remoteAddresses(after)) left.push(`${path.relative(dist, file)}: ${address.slice(0, 120)}`)
  }
  return left
}
