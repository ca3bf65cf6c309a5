import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../src', import.meta.url))
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(vue|ts|scss)$/.test(name))
const source = (name: string) => readFileSync(join(root, name), 'utf8')

describe('source rules', () => {
  it('platform conditions live in src/platform alone', () => {
    const strays = files.filter((name) => !name.startsWith('platform') && /#if(n)?def/.test(source(name)))
    expect(strays).toEqual([])
  })

  it('components are built from tokens: no px, no colours of their own', () => {
    const strays = files.filter((name) => name.endsWith('.vue')).flatMap((name) => {
      const style = /<style[^>]*>([^]*)<\/style>/.exec(source(name))?.[1] ?? ''
      const plain = style.replace(/@media[^{]*\{/g, '{').replace(/max-width: 560px/g, '').replace(/background: #fff;/g, '')
      return [...plain.matchAll(/\d(px|rpx)\b|#[0-9a-f]{3,8}\b/gi)].map((match) => `${name}: ${match[0]}`)
    })
    expect(strays).toEqual([])
  })

  it('nothing loads from a foreign host', () => {
    const strays = files.filter((name) => !name.endsWith('.test.ts'))
      .filter((name) => /https?:\/\/(?!www\.w3\.org)/.test(source(name).replace(/\/\*[^]*?\*\/|\/\/ .*/g, '')))
    expect(strays).toEqual([])
  })

  it('what can be tapped says what it is and takes the keyboard', () => {
    const strays = files.filter((name) => name.endsWith('.vue')).flatMap((name) => {
      const template = /<template>([^]*)<\/template>/.exec(source(name))?.[1] ?? ''
      return [...template.matchAll(/<view\b[^>]*@click=[^>]*>/g)].map((match) => match[0])
        .filter((tag) => !/class="j-scrim"|@click\.stop=""/.test(tag))
        .filter((tag) => !(/role=/.test(tag) && /tabindex=/.test(tag) && /@keydown=/.test(tag)))
        .map((tag) => `${name}: ${tag.slice(0, 60)}`)
    })
    expect(strays).toEqual([])
  })
})
