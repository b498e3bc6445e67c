import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readSettings } from '../../../src/local/host/settings.ts'
import { testApp } from './running-host.ts'

it('takes from host.json when a lost activity comes back', () => {
  expect(readSettings(join(import.meta.dirname, '../../..')).visibilityTimeoutMs).toBe(60_000)
})

it('waits five minutes for it where host.json says nothing', () => {
  expect(readSettings(testApp).visibilityTimeoutMs).toBe(5 * 60_000)
})
