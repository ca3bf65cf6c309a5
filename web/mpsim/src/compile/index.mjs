/**
 * Reads a compiled mini program (`dist/build/mp-alipay`), checks all of it, and writes a folder that runs it.
 */
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import vm from 'node:vm'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { Findings } from './expression.mjs'
import { shellHtml } from './shell.mjs'
import { browserCss, remoteAddresses } from './style.mjs'
import { templateSource } from './template.mjs'

/** Names a module of the bundle receives; the browser's own globals are hidden, as they do not exist on a phone. */
const MODULE_ARGUMENTS =
  'require,module,exports,App,Page,Component,my,getApp,getCurrentPages,window,document,global,globalThis'

/**
 * @typedef {object} Compiled
 * @property {string[]} problems what was not understood; empty when the bundle is sound
 * @property {{modules: number, templates: number, styles: number, expressions: number, pages: number}} counts
 * @property {string} bundle script that sets `window.__MINI_PROGRAM__`
 * @property {string} css
 */

/**
 * @param {string} dist a `dist/build/mp-alipay` folder
 * @returns {Compiled}
 */
export function compile(dist) {
  const findings = new Findings()
  const files = listFiles(dist)
  if (!files.includes('app.json')) {
    return { problems: [`${dist}: no app.json, this is no built mini program`], counts: noCounts(), bundle: '', css: '' }
  }
  const read = (file) => fs.readFileSync(path.join(dist, file), 'utf8')
  const modules = []
  const templates = []
  const configs = []
  const styles = []
  for (const file of files) {
    const base = file.replace(/\.\w+$/, '')
    if (file.endsWith('.js')) modules.push(moduleSource(file, read(file), findings))
    else if (file.endsWith('.json')) configs.push(`${JSON.stringify(base)}:${configSource(file, read(file), findings)}`)
    else if (file.endsWith('.acss')) styles.push({ file, css: styleSource(file, read(file), findings) })
    else if (file.endsWith('.axml')) {
      const components = declaredComponents(dist, base, findings)
      templates.push(`${JSON.stringify(base)}:${templateSource(read(file), file, components, findings)}`)
    }
  }
  const pages = checkPages(JSON.parse(read('app.json')), files, findings)
  styles.sort((a, b) => Number(b.file === 'app.acss') - Number(a.file === 'app.acss'))
  return {
    problems: findings.problems,
    counts: {
      modules: modules.length,
      templates: templates.length,
      styles: styles.length,
      expressions: findings.expressions,
      pages,
    },
    bundle: `window.__MINI_PROGRAM__={modules:{${modules.join(',\n')}},templates:{${templates.join(',\n')}},configs:{${configs.join(',\n')}}};\n`,
    css: styles.map(({ file, css }) => `/* ${file} */\n${css}`).join('\n'),
  }
}

/**
 * Writes `index.html`, `bundle.js`, `style.css`, `runtime.js` and the program's own pictures.
 * @param {string} dist
 * @param {string} out
 * @param {Compiled} compiled
 */
export async function write(dist, out, compiled) {
  fs.mkdirSync(out, { recursive: true })
  fs.writeFileSync(path.join(out, 'bundle.js'), compiled.bundle)
  fs.writeFileSync(path.join(out, 'style.css'), compiled.css)
  fs.writeFileSync(path.join(out, 'runtime.js'), await runtimeScript())
  fs.writeFileSync(path.join(out, 'index.html'), shellHtml())
  for (const file of listFiles(dist)) {
    if (!/\.(png|jpe?g|gif|svg|webp)$/.test(file)) continue
    fs.mkdirSync(path.dirname(path.join(out, file)), { recursive: true })
    fs.copyFileSync(path.join(dist, file), path.join(out, file))
  }
}

/** The runtime with Vue inside, as one classic script: the same text runs in Chromium and in jsdom. */
export async function runtimeScript() {
  const here = path.dirname(fileURLToPath(import.meta.url))
  const result = await build({
    entryPoints: [path.join(here, '../runtime/main.mjs')],
    bundle: true,
    format: 'iife',
    write: false,
    logLevel: 'silent',
    alias: { vue: createRequire(import.meta.url).resolve('vue/dist/vue.runtime.esm-bundler.js') },
    define: {
      'process.env.NODE_ENV': '"production"',
      __VUE_OPTIONS_API__: 'false',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    },
  })
  return result.outputFiles[0].text
}

/** @returns {string[]} paths relative to the folder, sorted, with forward slashes */
function listFiles(folder) {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)).replaceAll('\\', '/'))
    .sort()
}

function moduleSource(file, code, findings) {
  try {
    new vm.Script(`(function(){${code}\n})`)
  } catch (error) {
    findings.add(file, error.message)
    return `${JSON.stringify(file)}:function(){}`
  }
  return `${JSON.stringify(file)}:function(${MODULE_ARGUMENTS}){(function(){${code}\n})()}`
}

function configSource(file, text, findings) {
  try {
    return JSON.stringify(JSON.parse(text))
  } catch (error) {
    findings.add(file, error.message)
    return '{}'
  }
}

function styleSource(file, text, findings) {
  for (const address of remoteAddresses(text)) findings.add(file, `loads from another host: ${address.slice(0, 80)}`)
  return browserCss(text)
}

function declaredComponents(dist, base, findings) {
  const file = `${base}.json`
  const full = path.join(dist, file)
  const declared = fs.existsSync(full) ? (JSON.parse(fs.readFileSync(full, 'utf8')).usingComponents ?? {}) : {}
  for (const [name, target] of Object.entries(declared)) {
    const resolved = target.startsWith('/') ? target.slice(1) : path.posix.join(path.posix.dirname(base), target)
    if (!fs.existsSync(path.join(dist, `${resolved}.axml`))) findings.add(file, `component ${name} → ${resolved} is missing`)
  }
  return new Set(Object.keys(declared))
}

function checkPages(app, files, findings) {
  const names = [...(app.pages ?? [])]
  for (const part of app.subPackages ?? app.subpackages ?? []) {
    names.push(...part.pages.map((page) => path.posix.join(part.root, page)))
  }
  if (names.length === 0) findings.add('app.json', 'no pages')
  for (const page of names) {
    for (const ending of ['axml', 'js', 'json']) {
      if (!files.includes(`${page}.${ending}`)) findings.add('app.json', `page ${page} has no .${ending}`)
    }
  }
  for (const tab of app.tabBar?.items ?? []) {
    if (!names.includes(tab.pagePath)) findings.add('app.json', `tab ${tab.pagePath} is no page`)
    for (const icon of [tab.icon, tab.activeIcon]) {
      if (icon && !files.includes(icon.replace(/^\//, ''))) findings.add('app.json', `tab picture ${icon} is missing`)
    }
  }
  return names.length
}

function noCounts() {
  return { modules: 0, templates: 0, styles: 0, expressions: 0, pages: 0 }
}
