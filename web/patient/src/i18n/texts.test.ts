import { describe, expect, it } from 'vitest'

import { en } from './en'
import { zh } from './zh'

type Tree = { [key: string]: unknown }

function leaves(tree: Tree, path = ''): Map<string, unknown> {
  const found = new Map<string, unknown>()
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'object' && value !== null) {
      for (const [below, leaf] of leaves(value as Tree, `${path}${key}.`)) found.set(below, leaf)
    } else found.set(`${path}${key}`, value)
  }
  return found
}

describe('texts', () => {
  const chinese = leaves(zh)
  const english = leaves(en)

  it('have the same keys in both languages', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort())
  })

  it('are of the same kind and never empty', () => {
    for (const [key, value] of chinese) {
      expect(typeof english.get(key), key).toBe(typeof value)
      if (typeof value === 'string') expect(value.trim(), key).not.toBe('')
      if (typeof value === 'function') expect((english.get(key) as () => string).length, key).toBeLessThanOrEqual(value.length)
    }
  })

  it('carry no placeholder syntax and no exclamation marks', () => {
    for (const [key, value] of [...chinese, ...english]) {
      if (typeof value === 'string') expect(value, key).not.toMatch(/\{\w+\}|[!！]/)
    }
  })

  it('English texts are English, save names in brackets', () => {
    for (const [key, value] of english) {
      if (typeof value === 'string') expect(value.replace(/\([^)]*\)/g, ''), key).not.toMatch(/[一-鿿]/)
    }
  })
})
