// Pages that list what the code has: they must list all of it, and nothing else.
import { describe, expect, it } from 'vitest'
import actions from '../../infra/actions.json' with { type: 'json' }
import { parseConfig } from '../../src/config.ts'
import { knownSettings, page, requiredSettings } from './settings.ts'

const rows = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
const codes = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '')

describe('docs/settings.md', () => {
  const listed = rows(page('settings.md')).filter(([first = '']) => first.startsWith('`'))
  const own = listed.filter(([first = '']) => first.startsWith('`CONNECTOR_'))
  const ownRows = own.map(([name = '', standard = '']) => ({ name: codes(name)[0] ?? '', standard }))
  const least = {
    CONNECTOR_STORAGE_ACCOUNT: 'stconnector',
    CONNECTOR_TENANT_ID: crypto.randomUUID(),
    CONNECTOR_AUDIENCE: 'api://connector',
  }

  it('lists every setting of the code', () => {
    const names = listed.flatMap(([first = '']) => codes(first))
    expect(names).toEqual(expect.arrayContaining([...knownSettings]))
  })

  it('lists no setting of the app that the code does not know', () => {
    expect([...knownSettings]).toEqual(expect.arrayContaining(ownRows.map(({ name }) => name)))
  })

  it('says which are required', () => {
    expect(
      ownRows
        .filter(({ standard }) => standard === 'required')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(requiredSettings().sort())
  })

  it('says the default of the others', () => {
    const plain = parseConfig(least)
    const stated = ownRows.filter(({ standard }) => /^(`[^`]+`|\d+)$/.test(standard))
    expect(stated.length).toBeGreaterThan(8)
    for (const { name, standard } of stated)
      expect({ name, config: parseConfig({ ...least, [name]: standard.replaceAll('`', '') }) }).toEqual({ name, config: plain })
  })
})

describe('docs/permissions.md', () => {
  const table = rows(page('permissions.md')).filter((cells) => cells.length === 4 && cells[2]?.includes('Microsoft.'))
  const tiers = Object.entries(actions).map(([name, tier]) => ({
    name,
    actions: new Map<string, readonly string[]>(Object.entries(tier.actions)),
  }))

  it('lists every action under its tier, with the steps that call it', () => {
    let tier = ''
    const found = table.flatMap(([first = '', , names = '', steps = '']) => {
      tier = first === '' ? tier : first
      return codes(names).map((action) => `${tier.replace(/^`|`$/g, '').replace('(always: report)', 'report')}: ${action} for ${steps}`)
    })
    const must = tiers.flatMap(({ name, actions: of }) => [...of].map(([action, steps]) => `${name}: ${action} for ${steps.join(', ')}`))
    expect(found.sort()).toEqual(must.sort())
  })
})
