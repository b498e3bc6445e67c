import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { optionsOf, readArguments } from '../../src/cli/arguments.ts'
import { commands } from '../../src/cli/commands.ts'
import { exits } from '../../src/cli/exit.ts'
import { wordOptions } from '../../src/cli/linker-body.ts'
import { optionNames } from '../../src/declare/words.ts'
import {
  everything,
  keyOfLinker,
  linkerPath,
  steps,
  subscription,
  sweepingIn,
  type TestServices,
  target,
  testServices,
} from '../functions/test-services.ts'
import { anOutcome, aRecord } from '../model/a-record.ts'
import { type Machine, sc, through } from './against-the-app.ts'

let given: TestServices
beforeEach(async () => {
  given = testServices({
    preflight: async () => ({ value: [], changes: [], adoptions: [], actions: [], budgets: [], ready: true, notes: [] }),
  })
  await given.store.putPolicy({ name: 'all', allow: everything })
})

const place = `${subscription}/rg/aks`
const run = (args: readonly string[], machine: Machine = {}) => sc(given, args, { ...machine, env: { SC_CLUSTER: place, ...machine.env } })
const photos = 'storage-blob:data/stdata?namespace=shop'
const stored = async (name: string) => (await given.store.read({ kind: 'connection', key: keyOfLinker(name), id: '' }))?.row.self

/** The loop's steps have run. */
async function ran(name: string, kind: 'satisfied' | 'blocked' = 'satisfied'): Promise<void> {
  const loop = { kind: 'connection', key: keyOfLinker(name), id: linkerPath(name) } as const
  const generation = (await stored(name))?.generation ?? 0
  for (const step of steps.connection) {
    const problems =
      kind === 'blocked' ? [{ code: 'NotAllowed', text: 'No policy.', cause: 'None allows it.', remediation: 'Write one.' }] : []
    const record = aRecord({
      outcome: anOutcome({ kind, problems: problems as never }),
      generation,
      since: given.clock.now,
      ranAt: given.clock.now,
    })
    await given.store.record(loop, { step, tracked: [] }, { ...record, tracked: [] })
  }
}

describe('sc connect', () => {
  it('puts what the words say, options and all', async () => {
    const { exit, said } = await run(['connect', 'photos', 'storage-blob:data/stdata', '-n', 'shop', '--auth', 'secret', '--no-wait'])
    expect([exit, said]).toEqual([0, expect.stringContaining('storage-blob:stdata')])
    expect(await stored('photos')).toMatchObject({
      origin: 'http',
      namespace: 'shop',
      auth: 'secret',
      type: 'storage-blob',
      client: 'none',
    })
  })

  it('has every option of the words but that of tags only', () => {
    const inWords = Object.values(optionNames).filter((name) => !['the name', 'workload'].includes(name))
    expect(Object.keys(wordOptions)).toEqual(expect.arrayContaining(inWords))
  })

  it('leaves the default role and the identity to the app', async () => {
    await run(['connect', 'photos', photos, '--no-wait'])
    expect(await stored('photos')).toMatchObject({ provided: false, auth: 'workload-identity' })
  })

  it('says each step until it is there, on the terminal, and beside the output of a script', async () => {
    const { exit, said } = await run(['connect', 'photos', photos], { meanwhile: () => ran('photos') })
    expect(exit).toBe(0)
    expect(said).toMatch(/Accepted[\s\S]+Succeeded[\s\S]+state: +Succeeded/)
    const again = await run(['connect', 'photos', photos, '-o', 'json'])
    expect(JSON.parse(again.said)).toMatchObject({ name: 'photos', properties: { provisioningState: 'Succeeded' } })
    expect(again.noted).toContain('Succeeded')
  })

  it('goes on waiting where the network fails for a moment, and not for ever', async () => {
    let isDown = 3
    const failing: typeof fetch = async (url, init) => {
      if (init?.method === 'GET' && given.clock.now > began && isDown-- > 0) throw new TypeError('fetch failed')
      return await through(given)(url, init)
    }
    const began = given.clock.now
    const { exit, noted } = await run(['connect', 'photos', photos], { fetch: failing, meanwhile: () => ran('photos') })
    expect([exit, noted.match(/is asked again/g)?.length]).toEqual([0, 3])
    isDown = 1_000
    given.clock.now = began
    const down = await run(['disconnect', 'photos'], { fetch: failing })
    expect([down.exit, down.noted.match(/is asked again/g)?.length]).toEqual([1, 9])
  })

  it('ends with another code when it fails, and when the time is up', async () => {
    const failed = await run(['connect', 'photos', photos], { meanwhile: () => ran('photos', 'blocked') })
    expect([failed.exit, failed.said]).toEqual([exits.failed.code, expect.stringContaining('remediation: Write one.')])
    const late = await run(['connect', 'late', photos, '--timeout', '3'])
    expect([late.exit, late.noted]).toEqual([exits.timeout.code, expect.stringContaining('sc show late')])
  })

  it('takes a whole body from a file, and refuses what is no JSON', async () => {
    const body = {
      properties: { targetService: { type: 'AzureResource', id: (await import('../functions/test-services.ts')).target }, scope: 'web' },
    }
    const files = { 'photos.json': JSON.stringify(body), 'bad.json': '{' }
    expect((await run(['connect', 'photos', '--file', 'photos.json', '--no-wait'], { files })).exit).toBe(0)
    expect(await stored('photos')).toMatchObject({ namespace: 'web' })
    expect(await run(['connect', 'photos', '--file', 'bad.json'], { files })).toMatchObject({
      exit: 2,
      noted: expect.stringContaining('bad.json'),
    })
  })

  it.each([
    ['a name that is none', ['connect', '!', photos], 'valid name'],
    ['words that are not understood', ['connect', 'photos', 'tape:stdata'], "'tape' is not a target type"],
    ['an option of tags only', ['connect', 'photos', `${photos}&workload=web`], 'workload'],
    ['no target', ['connect', 'photos'], '<type>:<target>'],
    ['a value that is not offered', ['connect', 'photos', photos, '--firewall', 'shut'], 'open, keep'],
    ['a cluster that is none', ['list', '--cluster', 'aks'], 'names no cluster'],
    ['an unknown option', ['list', '--colour'], '--colour'],
    ['an unknown command', ['lsit'], "no command 'lsit'"],
    ['seconds that are none', ['show', 'photos', '--watch', '--timeout', 'soon'], "not 'soon'"],
  ])('refuses %s with exit code 2', async (_, args, words) => {
    expect(await run(args)).toMatchObject({ exit: 2, noted: expect.stringContaining(words) })
  })
})

describe('sc rotate and manifest', () => {
  it('asks for a rotation with its overlap, and says until when pods can be restarted', async () => {
    await given.store.putPolicy({ name: 'all', allow: { ...everything, rotateKeys: true } })
    await run(['connect', 'photos', `${photos}&auth=secret`, '--no-wait'])
    const self = await stored('photos')
    if (!self) throw new TypeError('It was connected')
    await given.store.join(self, self.target)
    expect(await run(['rotate', 'photos', '--overlap-minutes', '0'])).toMatchObject({
      exit: 2,
      noted: expect.stringContaining('overlapMinutes'),
    })
    const { exit, said } = await run(['rotate', 'photos', '--overlap-minutes', '60', '-o', 'json'])
    expect([exit, JSON.parse(said)]).toMatchObject([0, { name: 'photos', operation: expect.stringContaining('/operationStatuses/') }])
    expect((await given.store.read(self.target))?.row.rotation?.overlapMs).toBe(3_600_000)
    expect((await run(['rotate', 'photos'])).exit).toBe(5)
    expect((await run(['rotate', 'nothing'])).exit).toBe(3)
  })

  it('prints a workload that kubectl takes', async () => {
    await run(['connect', 'photos', `${photos}&auth=secret`, '--no-wait'])
    const { exit, said } = await run(['manifest', 'photos', '--kind', 'Job', '--image', 'shop:2'])
    expect([exit, parse(said)]).toMatchObject([
      0,
      { kind: 'Job', metadata: { namespace: 'shop' }, spec: { template: { spec: { containers: [{ image: 'shop:2' }] } } } },
    ])
    expect((await run(['manifest', 'photos', '--kind', 'Pod'])).exit).toBe(2)
  })
})

describe('sc import', () => {
  const cluster = linkerPath('x').split('/providers/Microsoft.ServiceLinker')[0] ?? ''
  const targetService = { type: 'AzureResource', id: target }
  const properties = { targetService, authInfo: { authType: 'secret', secretInfo: null }, scope: 'shop', provisioningState: 'Succeeded' }
  beforeEach(async () => {
    await given.store.deletePolicy('all')
    const arm = {
      get: async (id: string) => (id === cluster ? { id } : undefined),
      list: async () => [{ name: 'photos', properties }],
    }
    given = { ...given, services: { ...given.services, sweeping: sweepingIn(given.clock, { arm: arm as never }) } }
  })

  it('says what would happen, and writes nothing; then saves the policies, and then imports', async () => {
    const first = await run(['import'])
    expect([first.exit, first.said]).toEqual([6, expect.stringMatching(/photos +shop +stdata +secret +notAllowed/)])
    expect(first.said).toMatch(
      /would allow photos: the policy import-shop-[\s\S]+later: the connection photos[\s\S]+az aks connection delete/,
    )
    expect([await given.store.policies(), await stored('photos')]).toEqual([[], undefined])
    const second = await run(['import', '--save-policies'])
    expect([second.exit, second.noted, second.said]).toEqual([
      0,
      expect.stringContaining('saved the policy import-shop-'),
      expect.stringMatching(/photos .+ ready/),
    ])
    expect(await stored('photos')).toBeUndefined()
    expect((await run(['import', 'photos', '--apply'])).said).toMatch(/photos .+ imported, Accepted/)
    expect(await stored('photos')).toMatchObject({ origin: 'http', namespace: 'shop' })
  })
})

describe('sc list and show', () => {
  beforeEach(async () => {
    await run(['connect', 'photos', photos, '--no-wait'])
  })

  it('prints a table, JSON or YAML of the same', async () => {
    expect((await run(['list'])).said).toMatch(/^NAME +CLUSTER +NAMESPACE +TARGET[^\n]+\nphotos +aks +shop +storage-blob:stdata/)
    const json = JSON.parse((await run(['list', '-o', 'json'])).said)
    expect(parse((await run(['list', '-o', 'yaml'])).said)).toEqual(json)
    expect(json).toHaveLength(1)
  })

  it('passes the filters on', async () => {
    expect((await run(['list', '--namespace', 'other'])).said).toBe('There is no such connection.')
    expect((await run(['list', '--namespace', 'shop', '--type', 'storage-blob'])).said).toContain('photos')
  })

  it('reads every page', async () => {
    for (let count = 0; count < 7; count++) await run(['connect', `more-${count}`, photos, '--no-wait'])
    const seen: string[] = []
    const pages: typeof fetch = async (url, init) => {
      const next = new URL(String(url))
      next.searchParams.set('top', '3')
      seen.push(next.search)
      const { app, request } = await import('../functions/test-services.ts')
      const answer = await app(() => given.services)(request(init?.method ?? 'GET', next.pathname + next.search), given.context)
      return new Response(String(answer?.body), { status: 200 })
    }
    expect(JSON.parse((await run(['list', '-o', 'json'], { fetch: pages })).said)).toHaveLength(8)
    expect(seen).toHaveLength(3)
  })

  it('shows the timeline, and says what is not there', async () => {
    expect((await run(['show', 'photos'])).said).toMatch(/state: +Accepted[\s\S]+connection +check-consent +pending/)
    expect(await run(['show', 'nothing'])).toMatchObject({ exit: 3 })
  })

  it('says why, with cause and remediation', async () => {
    await ran('photos', 'blocked')
    given.clock.now += 200_000
    expect(await run(['why', 'photos'])).toMatchObject({
      exit: 6,
      said: expect.stringMatching(/Failed[\s\S]+NotAllowed[\s\S]+cause: None allows it/),
    })
  })

  it('lists the keys of the Secret, and validates item by item', async () => {
    expect((await run(['configurations', 'photos'])).said).toContain('AZURE_STORAGEBLOB_RESOURCEENDPOINT')
    expect(await run(['validate', 'photos'])).toMatchObject({ exit: 6, said: expect.stringMatching(/^ITEM +RESULT/) })
  })

  it('disconnects, and is content where there is nothing', async () => {
    expect(await run(['disconnect', 'photos', '--no-wait'])).toMatchObject({ exit: 0 })
    expect(await run(['disconnect', 'nothing'])).toMatchObject({ exit: 0, said: expect.stringContaining('no connection') })
  })

  it('plans what would be changed, by whom, when, and what stays', async () => {
    const change = { connections: ['photos'], loop: 'cluster', step: 'enable-features', change: 'update', when: 'now' } as const
    const feature = { ...change, by: 'person', object: 'OIDC issuer', irreversible: 'AKS cannot turn it off.' } as const
    const budgets = [{ connections: ['photos'], what: 'IP rules of stdata', used: 3, added: 1, limit: 400 }]
    const adoptions = [{ connections: ['photos'], step: 'assign-roles', object: 'a role' }] as const
    const found = { value: [], changes: [feature], adoptions, actions: [], budgets, ready: true, notes: [] }
    given = testServices({ preflight: async () => found })
    const { said } = await run(['plan', 'photos=storage-blob:stdata'])
    expect(said).toMatch(/photos +update +now +person +OIDC issuer +AKS cannot turn it off\.\nphotos +adopt +now +app +a role/)
    expect(said).toContain('IP rules of stdata: 3 and 1 more of 400\n\nNothing is missing')
  })

  it('plans what is declared and what is in words', async () => {
    expect(await run(['plan', 'new=storage-blob:stdata'])).toMatchObject({ exit: 0, said: expect.stringContaining('Nothing is missing') })
    expect(await run(['plan', 'tape:x'])).toMatchObject({ exit: 2, noted: expect.stringContaining('tape') })
  })
})

describe('sc pause and resume', () => {
  it('change nothing else of a connection', async () => {
    await run(['connect', 'photos', photos, '--firewall', 'keep', '--no-wait'])
    expect(await run(['pause', 'photos'])).toMatchObject({ exit: 0, said: expect.stringContaining('is paused') })
    expect(await stored('photos')).toMatchObject({ paused: true, firewall: 'keep' })
    expect((await run(['show', 'photos'])).said).toMatch(/paused: +yes/)
    await run(['resume', 'photos'])
    expect(await stored('photos')).not.toHaveProperty('paused')
  })
})

describe('sc export, local-env and orphans', () => {
  beforeEach(async () => {
    await run(['connect', 'photos', photos, '--no-wait'])
  })

  it('say what is not known yet, and which formats there are', async () => {
    expect(await run(['export', 'photos', '--format', 'bicep'])).toMatchObject({
      exit: 0,
      noted: expect.stringContaining('nothing to export yet'),
    })
    expect((await run(['export', 'photos', '--format', 'pulumi'])).exit).toBe(2)
    expect((await run(['export', 'photos'])).exit).toBe(2)
    expect(await run(['local-env', 'photos'])).toMatchObject({ exit: 0, said: '' })
    expect(await run(['orphans'])).toMatchObject({ exit: 3, noted: expect.stringContaining('six hours') })
    expect((await run(['orphans', 'approve', 'x'])).exit).toBe(2)
  })
})

describe('sc policy', () => {
  it('writes, lists, shows and deletes', async () => {
    const files = { '-': JSON.stringify({ allow: everything }) }
    expect(await run(['policy', 'set', 'shop', '--file', '-'], { files })).toMatchObject({
      exit: 0,
      said: expect.stringContaining('warning'),
    })
    expect((await run(['policy', 'list'])).said).toContain('shop')
    expect((await run(['policy', 'show', 'shop', '-o', 'json'])).said).toContain('"shop"')
    expect((await run(['policy', 'delete', 'shop'])).exit).toBe(0)
    expect((await run(['policy', 'show', 'shop'])).exit).toBe(3)
    expect((await run(['policy', 'destroy', 'shop'])).exit).toBe(2)
  })
})

describe('sc and the app', () => {
  const answering = (...answers: readonly (() => Response)[]) => {
    const asked: { url: string; authorization: string | null }[] = []
    const left = [...answers]
    const fetch: typeof globalThis.fetch = async (url, init) => {
      asked.push({ url: String(url), authorization: new Headers(init?.headers).get('authorization') })
      return (left.length > 1 ? left.shift() : left[0])?.() ?? new Response(null, { status: 500 })
    }
    return { fetch, asked }
  }
  const list =
    (value: unknown, more = {}) =>
    () =>
      Response.json({ value, ...more })

  it('signs in for the audience with DefaultAzureCredential where there is no token', async () => {
    const { fetch, asked } = answering(list([]))
    await run(['list'], { fetch, env: { SC_TOKEN: undefined, SC_AUDIENCE: 'api://app' } })
    expect(asked[0]?.authorization).toBe('Bearer for api://app/.default')
    expect(await run(['list'], { fetch, env: { SC_TOKEN: undefined } })).toMatchObject({
      exit: 2,
      noted: expect.stringContaining('SC_AUDIENCE'),
    })
  })

  it('never sends the token to another host, nor unencrypted', async () => {
    const { fetch, asked } = answering(list([], { nextLink: 'https://evil.example/connections' }))
    expect(await run(['list'], { fetch })).toMatchObject({ exit: 1, noted: expect.stringContaining('evil.example') })
    expect(asked).toHaveLength(1)
    expect(await run(['list'], { fetch, env: { SC_APP: 'http://connector.example' } })).toMatchObject({ exit: 2 })
    expect((await run(['list'], { fetch: answering(list([])).fetch, env: { SC_APP: 'http://127.0.0.1:7400' } })).exit).toBe(0)
  })

  it('tries again where the app asks for it, a few times', async () => {
    const busy = () => new Response('{}', { status: 429, headers: { 'retry-after': '3' } })
    const before = given.clock.now
    const { fetch, asked } = answering(busy, busy, list([]))
    expect((await run(['list'], { fetch })).exit).toBe(0)
    expect([asked.length, given.clock.now - before]).toEqual([3, 6_000])
    const always = answering(busy)
    expect((await run(['list'], { fetch: always.fetch })).exit).toBe(1)
    expect(always.asked).toHaveLength(5)
  })

  it.each([
    ['a list that does not end', list([], { nextLink: '/connections?' }), 1],
    ['no list', () => Response.json({ value: {} }), 1],
    ['a page of HTML', () => new Response('<html>', { status: 200 }), 1],
    ['a refusal without a body', () => new Response(null, { status: 401 }), 4],
    ['a conflict', () => Response.json({ error: { code: 'NameTaken', message: 'taken' } }, { status: 409 }), 5],
  ])('bears %s', async (_, answer, exit) => {
    expect((await run(['list'], { fetch: answering(answer).fetch })).exit).toBe(exit)
  })

  it('lets no answer move the cursor of the terminal', async () => {
    const wild = { id: linkerPath('x'), name: 'x\u001b[2J\u009b1A', properties: { scope: 'a\rb' } }
    expect((await run(['list'], { fetch: answering(list([wild])).fetch })).said).not.toMatch(/[^\P{Cc}\n]/u)
  })
})

describe('sc itself', () => {
  it('explains every command', async () => {
    const { exit, said } = await run(['--help'])
    expect(exit).toBe(0)
    for (const { name } of commands) {
      expect(said).toContain(`  ${name} `)
      expect(await run([name, '--help'])).toMatchObject({ exit: 0, said: expect.stringMatching(new RegExp(`^sc ${name} `)) })
    }
  })

  it('takes the lines that docs/cli.md has for those of the Azure CLI', () => {
    const [, section = ''] = readFileSync('docs/cli.md', 'utf8').split('## From `az aks connection`')
    const lines = [...(section.split('\n## ')[0] ?? '').matchAll(/`sc ([^`]+)`/g)].map(([, line = '']) => line.split(' '))
    expect(lines.length).toBeGreaterThan(10)
    for (const [name, ...args] of lines) {
      const command = commands.find((one) => one.name === name)
      expect(command && readArguments(args, optionsOf(command)), `sc ${name}`).toBeDefined()
    }
  })

  it.each(['bash', 'zsh', 'fish'])('completes every command in %s', async (shell) => {
    const { said } = await run(['completion', shell])
    for (const { name } of commands) expect(said).toContain(name)
    expect(said).toContain('cluster')
  })

  it.each([
    ['sc pol', ['policy']],
    ['sc policy ', expect.arrayContaining(['list', 'show', 'set', 'preview', 'delete', '--file'])],
    ['sc policy show -', expect.arrayContaining(['--file', '--output'])],
    ['sc orphans ', expect.arrayContaining(['approve', '--verdict'])],
    ['sc export photos --format ', ['bicep', 'terraform', 'azapi', 'kubernetes', 'cli']],
    ['sc list -o y', ['yaml']],
    ['sc connect photos --firewall ', ['open', 'keep']],
    ['sc connect photos --fir', ['--firewall']],
    ['sc show ', expect.not.arrayContaining(['name'])],
  ])('completes in a shell: %s', async (line, expected) => {
    const { said } = await run(['completion', 'bash'])
    const words = line.split(' ').map((word) => `'${word}'`)
    const script = `${said}\nCOMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _sc; printf '%s\\n' "\${COMPREPLY[@]}"`
    expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n')).toEqual(expected)
  })

  it('does not need a sign-in for help or completion', async () => {
    const env = { SC_APP: undefined, SC_TOKEN: undefined }
    expect((await run(['completion', 'bash'], { env })).exit).toBe(0)
    expect((await run(['completion', 'tcsh'], { env })).exit).toBe(2)
    expect((await run([], { env })).exit).toBe(2)
  })
})
