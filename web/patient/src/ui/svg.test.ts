import { describe, expect, it } from 'vitest'

import { icons } from '@/theme/icons'
import { iconMask, svgUrl } from './svg'

describe('svg in style sheets', () => {
  it('needs no quoting inside url("…")', () => {
    const url = svgUrl('viewBox="0 0 1 1"', "<path d='M0 0'/>")
    expect(url.slice(5, -2)).not.toMatch(/["'<>#()]/)
  })
  it('draws every icon without foreign addresses', () => {
    for (const [name, body] of Object.entries(icons)) {
      expect(iconMask(body), name).toContain('data:image/svg+xml,')
      expect(body, name).not.toMatch(/https?:/)
    }
  })
})
