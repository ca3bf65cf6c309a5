import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

// @ts-expect-error a build script without types
import { iconModule, illustrationModule, portraitModule, styleSheet } from '../scripts/theme.mjs'

const read = (name: string) => readFileSync(new URL(`../src/theme/${name}`, import.meta.url), 'utf8')
const tokens = JSON.parse(read('tokens.json'))

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (high + 0.05) / (low + 0.05)
}

describe('generated theme files', () => {
  it('are what the sources say (npm run theme)', () => {
    expect(read('tokens.scss')).toBe(styleSheet(tokens))
    expect(read('icons.ts')).toBe(iconModule(read('icons.svg')))
    expect(read('portraits.ts')).toBe(portraitModule(read('illustrations.svg'), tokens))
    expect(read('illustrations.ts')).toBe(illustrationModule(read('illustrations.svg')))
  })
})

describe('colours', () => {
  const text: [string, string][] = [
    ['ink', 'bg'], ['ink', 'surface'], ['sub', 'surface'], ['sub', 'bg'], ['primary', 'surface'], ['on-primary', 'primary'],
    ['accent', 'surface'], ['ok', 'surface'], ['err', 'surface'],
  ]
  for (const [name, style] of Object.entries<{ color: Record<string, string> }>(tokens.styles)) {
    it(`of ${name} can be read (4.5) and outlines be seen (3)`, () => {
      for (const [front, back] of text) expect(contrast(style.color[front] ?? '', style.color[back] ?? ''), `${front} on ${back}`).toBeGreaterThanOrEqual(4.5)
      expect(contrast(style.color.border ?? '', style.color.surface ?? '')).toBeGreaterThanOrEqual(3)
    })
  }
})

describe('sizes', () => {
  it('give targets of 44, and 60 for elders', () => {
    expect(tokens.shared.size.touch).toBeGreaterThanOrEqual(44)
    expect(tokens.elder.size.touch).toBeGreaterThanOrEqual(60)
    expect(tokens.elder.type['16']).toBeGreaterThanOrEqual(20)
  })
})
