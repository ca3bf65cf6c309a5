/**
 * `{{ … }}` in AXML: found, checked by the JavaScript parser, and turned into functions of a scope.
 */
import vm from 'node:vm'

/** Collects what the compiler did not understand, and how much it has seen. */
export class Findings {
  constructor() {
    /** @type {string[]} */
    this.problems = []
    this.expressions = 0
  }

  /** @param {string} file @param {string} text */
  add(file, text) {
    this.problems.push(`${file}: ${text}`)
  }
}

/**
 * Index of the `}}` that closes an expression. Braces inside strings and object literals do not count.
 * @param {string} text
 * @param {number} from index just behind `{{`
 * @returns {number} -1 when there is none
 */
export function closingBraces(text, from) {
  let quote = ''
  let depth = 0
  for (let i = from; i < text.length; i++) {
    const char = text[i]
    if (quote) {
      if (char === '\\') i++
      else if (char === quote) quote = ''
    } else if (char === '"' || char === "'" || char === '`') {
      quote = char
    } else if (char === '{') {
      depth++
    } else if (char === '}') {
      if (depth > 0) depth--
      else if (text[i + 1] === '}') return i
    }
  }
  return -1
}

/**
 * Splits an attribute or a text into literal strings and `{ code }` parts.
 * @param {string} text
 * @returns {{parts: Array<string | {code: string}>, unclosed: boolean}}
 */
export function splitMustaches(text) {
  /** @type {Array<string | {code: string}>} */
  const parts = []
  let at = 0
  while (at < text.length) {
    const open = text.indexOf('{{', at)
    if (open < 0) {
      parts.push(text.slice(at))
      break
    }
    if (open > at) parts.push(text.slice(at, open))
    const close = closingBraces(text, open + 2)
    if (close < 0) return { parts, unclosed: true }
    parts.push({ code: text.slice(open + 2, close).trim() })
    at = close + 2
  }
  return { parts, unclosed: false }
}

/**
 * JavaScript source of a value: a string literal, or a function of the scope.
 * @param {string} text raw attribute or text
 * @param {string} file for the message
 * @param {Findings} findings
 * @param {{asObject?: boolean}} [options] `asObject`: `data="{{a, b: 1}}"` of a `<template>`
 */
export function valueSource(text, file, findings, { asObject = false } = {}) {
  if (!text.includes('{{')) return JSON.stringify(text)
  const { parts, unclosed } = splitMustaches(text)
  if (unclosed) {
    findings.add(file, `unclosed {{ in ${JSON.stringify(text)}`)
    return '""'
  }
  if (parts.length === 1 && typeof parts[0] !== 'string') {
    const { code } = parts[0]
    return functionSource(asObject ? `{${code}}` : code, file, findings)
  }
  const joined = parts.map((part) => (typeof part === 'string' ? JSON.stringify(part) : `$text(${part.code})`))
  return functionSource(joined.join('+'), file, findings)
}

/** @param {string} code @param {string} file @param {Findings} findings */
function functionSource(code, file, findings) {
  findings.expressions++
  try {
    new vm.Script(`(${code})`)
  } catch (error) {
    findings.add(file, `bad expression {{${code}}}: ${/** @type {Error} */ (error).message}`)
    return '""'
  }
  // AXML names are resolved in the page's data at run time: `with` is the construct that does exactly this.
  return `function($scope){with($scope){return (${code})}}`
}
