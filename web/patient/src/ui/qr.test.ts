import { describe, expect, it } from 'vitest'

import { qrModules, qrSvg } from './qr'

describe('QR code', () => {
  it('has the finder patterns in three corners and none in the fourth', () => {
    const modules = qrModules('JIUYI:R25112500371')
    const size = modules.length
    const ring = (x: number, y: number) => modules[y]?.slice(x, x + 7).every(Boolean)
    expect(ring(0, 0) && ring(size - 7, 0) && ring(0, size - 7)).toBe(true)
    expect(ring(size - 7, size - 1)).toBe(false)
    expect((size - 17) % 4).toBe(0)
  })
  it('is a picture without a server', () => {
    expect(qrSvg('abc')).toMatch(/^url\("data:image\/svg\+xml,/)
  })
})
