import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { format, inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { secret } from '../../src/model/secret.ts'

const value = 'AccountKey=hunter2'
const closed = secret(value)

describe('a secret', () => {
  it.each<[string, () => string]>([
    ['text', () => String(closed)],
    ['a template', () => `${closed}`],
    ['concatenation', () => ''.concat(closed as unknown as string)],
    ['JSON', () => JSON.stringify({ closed, list: [closed] })],
    ['inspection', () => inspect(closed, { depth: 10, showHidden: true })],
    ['inspection inside of something', () => inspect({ closed, map: new Map([['a', closed]]) }, { depth: 10, showHidden: true })],
    ['formatting', () => format('%s %o %j', closed, closed, closed)],
    ['an error', () => String(new Error(`failed with ${closed}`, { cause: closed }))],
    ['its property names and values', () => JSON.stringify(Object.entries(closed).map(([name, one]) => [name, String(one)]))],
    ['a key of an object', () => Object.keys({ [closed as unknown as string]: 1 }).join()],
  ])('does not show in %s', (_, sanitize) => {
    expect(sanitize()).not.toContain('hunter2')
  })

  it('cannot be cloned to another thread or a durable history', () => {
    expect(() => structuredClone(closed)).toThrow()
    expect(JSON.parse(JSON.stringify(closed))).toBe('[secret]')
  })

  it('stays closed while it is changed', () => {
    const changed = closed.map((text) => `${text};Suffix`)
    expect(String(changed)).toBe('[secret]')
    expect(changed.reveal()).toBe('AccountKey=hunter2;Suffix')
  })

  it('cannot be changed from outside', () => {
    expect(() => Object.assign(closed, { toString: () => value })).toThrow(TypeError)
  })
})

/** Why each of them has to see a credential in the open. */
const mayReveal: Readonly<Record<string, string>> = {
  'errors/unquoted.ts': 'checks whether a word of a refusal stands in a value that the refuser has seen',
  'cli/api.ts': 'sends the token of the person who calls to the app',
  'azure/run-command.ts': 'sends the files of a command, and the token that it runs with',
  'azure/probe.ts': 'signs in with a token of a ServiceAccount, and sends the token that it gets',
  'azure/vault.ts': 'hands a secret that an author gave to the Key Vault',
  'steps/connection/secret-content.ts': 'puts several values into one content of a Secret, closed again at once',
  'steps/target/keys.ts': 'takes digests out of what was made of the keys of a target; the keys are not in it',
  'kubernetes/kubeconfig.ts': 'takes server and certificate authority out of a kubeconfig',
  'kubernetes/manifest.ts': 'compares the keys of a Secret with those that are wanted, answers names only',
  'kubernetes/objects.ts': 'sends the object to the API server',
  'kubernetes/refusal-words.ts': 'takes what was sent out of what the API server answers to it',
  'azure/flux-transport.ts': 'writes the object where Flux reads: of connections without a secret only',
  'azure/extension-transport.ts': 'sends the object in the protected settings of the extension, and makes its digest',
}

describe('who opens secrets', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts') && !path.startsWith('local/') && path !== 'model/secret.ts')
  const opens = sources.filter((path) => /\breveal\b/.test(readFileSync(join('src', path), 'utf8')))

  it('is known by name', () => {
    expect(opens.filter((path) => !(path in mayReveal))).toEqual([])
  })

  it('is no one who need not any more', () => {
    expect(Object.keys(mayReveal).filter((path) => !opens.includes(path))).toEqual([])
  })
})
