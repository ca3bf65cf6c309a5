import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { ENTRIES, entryGroups } from './entries'

const pages = readFileSync(fileURLToPath(new URL('../../pages.json', import.meta.url)), 'utf8')

describe('services on the home page', () => {
  it('shows only what is switched on', () => {
    expect(entryGroups([])).toEqual([])
    expect(entryGroups(['F10']).map((group) => [group.name, group.entries.map((entry) => entry.name)])).toEqual([['mine', ['favourites']]])
    expect(entryGroups(['F01', 'F02', 'F09', 'F10']).map((group) => group.name)).toEqual(['clinic', 'mine'])
    expect(entryGroups(['F01', 'F02', 'F07', 'F09', 'F10']).map((group) => [group.name, group.entries.length])).toEqual([['clinic', 4], ['inpatient', 1], ['mine', 4]])
  })

  it('leads to pages that exist', () => {
    for (const entry of ENTRIES) expect(pages).toContain(`"${entry.page.slice(1)}"`)
  })
})
