// The lines that write objects, run by a shell in which `kubectl` prints what it is given.
import { execFileSync } from 'node:child_process'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byHandObjects, credentialMark, providedMark } from '../../../src/steps/by-hand/objects.ts'
import { hostileText, hostileTexts } from '../../model/hostile-texts.ts'
import { connection, first, loopOf, shop } from '../builders.ts'

type Written = ReturnType<Parameters<typeof byHandObjects>[2]>
/** JSON is one line. What is in the pipe after `create` reads only its output. */
const kubectl = `kubectl() { case $1 in create) printf '%s\\0' "$@";; *) IFS= read -r line; printf %s "$line";; esac; }`

function lineOf(kind: 'Secret' | 'Component', written: Written): string {
  const place = { id: 'o', summary: 'o', cluster: shop, clusterUid: 'u', namespace: 'orders', name: 'o' }
  const object = { kind, ...place, owner: loopOf(connection()).key }
  const change = { action: 'create' as const, object, observed: { id: 'o', state: 'absent' as const } }
  return byHandObjects([change], 'test', () => written)?.cli ?? ''
}
/** What each line prints. One shell runs all of them. */
const run = (lines: readonly string[]): readonly string[] =>
  execFileSync('sh', ['-c', [kubectl, ...lines.map((line) => `${line}\nprintf '\\036'`)].join('\n')], { encoding: 'utf8' })
    .split('\x1e')
    .slice(0, -1)

describe('the line that writes an object', () => {
  it('gives what authors chose to kubectl as it is', () =>
    fc.assert(
      fc.property(hostileTexts, (values) => {
        const written = values.map((value) => ({
          annotations: { note: value },
          fields: { spec: { metadata: [{ name: 'containerName', value }] }, scopes: [value] },
        }))
        const printed = run(written.map((one) => lineOf('Component', one))).map((text) => JSON.parse(text))
        for (const [at, { annotations, fields }] of written.entries())
          expect(printed[at]).toMatchObject({ ...fields, metadata: { annotations } })
      }),
      { numRuns: 1 },
    ))

  it('runs the commands of the app in it, and nothing else', () => {
    const part = fc.oneof(hostileText, fc.constantFrom(credentialMark, encodeURIComponent(providedMark)))
    const texts = fc.array(part, { maxLength: 4 }).map((parts) => parts.join('').replaceAll(/[^\P{Cc}\n\t]/gu, ''))
    fc.assert(
      fc.property(fc.array(texts, { minLength: 30, maxLength: 30 }), (all) => {
        const commands = { [credentialMark]: `$(printf %s "k'1")`, [providedMark]: '$(printf %s "p\\"2")' }
        const lines = all.map((text) => lineOf('Secret', { annotations: {}, data: { KEY: text }, commands }))
        const words = run(lines.map((line) => line.slice(0, line.lastIndexOf(' | kubectl label ')))).map((printed) => printed.split('\0'))
        const values = words.map((some) => first(some.filter((word) => word.startsWith('--from-literal='))))
        const expected = all.map((text) => text.replaceAll(credentialMark, "k'1").replaceAll(encodeURIComponent(providedMark), 'p"2'))
        expect(values).toEqual(expected.map((text) => `--from-literal=KEY=${text}`))
      }),
      { numRuns: 1 },
    )
  })

  it('is not offered for values on which a terminal would act', () => {
    const secret = (data: string): string => lineOf('Secret', { annotations: {}, data: { KEY: data } })
    expect(secret('a\nb\tc')).toContain('KEY=a\nb\tc')
    for (const one of ['\u0003', '\u001b[201~', '\r', '\u009b', '\u007f']) expect(secret(`a${one}b`)).toBe('')
  })
})
