/**
 * One AXML file to the source of its node tree.
 *
 * A node is `{text}` or `{tag, attrs, component?, if?, elif?, else?, for?, children}`; values are literals or functions
 * of a scope (see expression.mjs).
 */
import { parseDocument } from 'htmlparser2'
import { valueSource } from './expression.mjs'

const BUILT_IN = new Set(
  (
    'view text image button input textarea scroll-view swiper swiper-item picker picker-view picker-view-column switch ' +
    'checkbox checkbox-group radio radio-group label form icon rich-text web-view navigator progress slider canvas ' +
    'cover-view cover-image block slot template import import-sjs map video movable-view movable-area page-meta ' +
    'contact-button lifestyle share-element root-portal page-container'
  ).split(' '),
)
const DIRECTIVES = new Set(['if', 'elif', 'else', 'for', 'for-item', 'for-index', 'for-items', 'key'])

/**
 * @param {string} source AXML
 * @param {string} file its path, for messages
 * @param {Set<string>} components names declared in `usingComponents`
 * @param {import('./expression.mjs').Findings} findings
 * @returns {string} JavaScript source of an array of nodes
 */
export function templateSource(source, file, components, findings) {
  const document = parseDocument(source, { xmlMode: true, decodeEntities: true, recognizeSelfClosing: true })
  return listSource(document.children, { file, components, findings })
}

function listSource(children, context) {
  return `[${children.map((child) => nodeSource(child, context)).filter(Boolean).join(',')}]`
}

function nodeSource(node, context) {
  const { file, components, findings } = context
  if (node.type === 'text') {
    return node.data.trim() ? `{text:${valueSource(node.data, file, findings)}}` : null
  }
  if (node.type === 'comment' || node.type === 'directive') return null
  if (!['tag', 'script', 'style'].includes(node.type)) {
    findings.add(file, `node of type ${node.type}`)
    return null
  }
  const isComponent = components.has(node.name)
  if (!isComponent && !BUILT_IN.has(node.name)) {
    findings.add(file, `<${node.name}> is neither built in nor declared in usingComponents`)
  }
  const { directives, attributes } = splitAttributes(node, context)
  const parts = [`tag:${JSON.stringify(node.name)}`, `attrs:{${attributes.join(',')}}`]
  if (isComponent) parts.push('component:true')
  parts.push(...directiveSources(directives, context))
  parts.push(`children:${listSource(node.children, context)}`)
  return `{${parts.join(',')}}`
}

function splitAttributes(node, { file, findings }) {
  /** @type {Record<string, string>} */
  const directives = {}
  const attributes = []
  for (const [name, raw] of Object.entries(node.attribs)) {
    if (name.startsWith('a:')) {
      const directive = name.slice(2)
      if (!DIRECTIVES.has(directive)) findings.add(file, `unknown directive a:${directive}`)
      directives[directive] = raw
      continue
    }
    const asObject = node.name === 'template' && name === 'data'
    attributes.push(`${JSON.stringify(name)}:${raw === '' ? '""' : valueSource(raw, file, findings, { asObject })}`)
  }
  return { directives, attributes }
}

function directiveSources(directives, { file, findings }) {
  const value = (name) => valueSource(directives[name], file, findings)
  const parts = []
  if ('if' in directives) parts.push(`if:${value('if')}`)
  if ('elif' in directives) parts.push(`elif:${value('elif')}`)
  if ('else' in directives) parts.push('else:true')
  if ('for' in directives) {
    const item = JSON.stringify(directives['for-item'] || 'item')
    const index = JSON.stringify(directives['for-index'] || 'index')
    parts.push(`for:{list:${value('for')},item:${item},index:${index},key:${JSON.stringify(directives.key || '')}}`)
  }
  return parts
}
