// `npm run demo`: the story as a person sees it, in a log without colours; and what happens when something is not as it is told.

import { afterEach, describe, expect, it, vi } from 'vitest'
import { openSetup } from '../../src/local/demo/setup.ts'
import { runDemo } from '../../src/local/demo/story.ts'
import { start } from './started.ts'

afterEach(() => vi.restoreAllMocks())

describe('npm run demo', () => {
  it('tells the whole story in under two minutes and ends with 0', async () => {
    const began = performance.now()
    const demo = start([], {}, 'src/local/demo/demo.ts')
    const ended = await demo.ended
    expect(demo.output()).toContain('The end')
    expect(ended).toBe('0')
    expect(performance.now() - began).toBeLessThan(120_000)
    const told = demo.output()
    for (const text of [
      'NotAllowed: No policy allows',
      'changed nothing: no identity, no role, no firewall rule, no object.',
      'enable-features: an operation is under way',
      'Secret sc-photos-secret: AZURE_STORAGEBLOB_CONNECTIONSTRING',
      '> 2 containers: originals, thumbnails',
      '> 3 containers: invoices, receipts, reminders',
      '403 AuthorizationFailure',
      '403 AuthorizationPermissionMismatch',
      '> 4 containers: credit-notes, invoices, receipts, reminders',
      '> web/sc-legacy-secret (azure-service-connector): used: used by Deployment web/old-shop',
      '> web/sc-photos-secret (installation): used: used by Deployment web/old-shop',
      '> web/sc-legacy-secret (azure-service-connector): deleted',
      '> web/sc-photos-secret (installation): deleted',
    ])
      expect(told).toContain(text)
    expect(told.match(/made \d+, left 0/g)).toHaveLength(5)
    // What was made is told when it was made, and not when the connections go.
    expect(told.slice(told.indexOf('9. Disconnecting'), told.indexOf('10. Both'))).not.toContain(': made ')
    expect(told).not.toMatch(/AccountKey=|eyJ[\w-]{20}/)
    expect(told.includes('\u001b')).toBe(false)
  }, 150_000)

  it('ends with 1 and says what is not as told', async () => {
    const written: string[] = []
    vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0)
    const ended = await runDemo(async (demoConsole) => {
      const setup = await openSetup(demoConsole)
      const match = { service: 'arm', method: 'PATCH', path: /Microsoft\.Resources\/tags/ }
      setup.local.cloud.faults.add({ match, answer: { status: 403, body: { error: { code: 'AuthorizationFailed', message: 'no' } } } })
      return setup
    })
    expect(ended).toBe(1)
    expect(written.join('')).toContain('This is not as it should be: ARM answered 403 to the tag')
  }, 60_000)
})
