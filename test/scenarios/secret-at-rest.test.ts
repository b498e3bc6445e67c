// A webhook refuses the Secret and repeats it in dozens of forms at once: none of them, and no piece of one, is anywhere that people or programs can read.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { idOf } from '../../src/local/fleets/fleet.ts'
import { anEncoding } from '../errors/encodings.ts'
import { tableRows } from './raw.ts'
import { idOfCluster, minute, useScenarios } from './scenario.ts'
import { apiVersion } from './story.ts'

const scenario = useScenarios()
const given = 'Qz7~8Q"&<planted>by-hand\\Kx93_wM4ü'
const piece = 12
const linker = `${idOfCluster('c1')}/providers/Microsoft.ServiceLinker/linkers/sp`

it('a refused Secret is repeated nowhere', async () => {
  const logged: string[] = []
  const story = await scenario({ watch: ({ message }) => void logged.push(message) })
  await story.putPolicy()
  const forms = [given, ...fc.sample(anEncoding, { numRuns: 60, seed: 20261127 }).map(({ encode }) => encode(given))]
  const message = `admission webhook "scan.policies.example" denied the request: ${forms.join(' | ')}`
  const details = {
    kind: 'secrets',
    name: 'sc-sp-secret',
    causes: forms.slice(0, 20).map((form) => ({ reason: form, message: form, field: form })),
  }
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason: 'BadRequest', code: 400, message, details }
  story.cloud.faults.add({ match: { service: 'kubernetes', method: 'PATCH', path: /secrets\// }, answer: { status: 400, body } })
  const authInfo = {
    authType: 'servicePrincipalSecret',
    clientId: idOf('client batch'),
    principalId: idOf('principal batch'),
    secret: given,
  }
  await story.putLinker('sp', { authInfo })
  const { properties } = await story.reaches('sp', 'Failed', 60 * minute)
  expect(JSON.stringify(properties['problems'])).toMatch(/AdmissionDenied.*scan\.policies\.example.*400 BadRequest/)
  await story.clock.pass(20 * minute)

  const objects = [...story.cloud.world.table<object>(`kubernetes-objects ${idOfCluster('c1').toLowerCase()}`).entries()]
  const read = async (path: string): Promise<string> => JSON.stringify((await story.call('rob', 'GET', path)).body)
  const places = {
    table: (await tableRows(story)).map((row) => Object.values(row).join(' ')).join('\n'),
    linker: await read(`${linker}?api-version=${apiVersion}`),
    diagnosis: await read(`${linker}/diagnosis?api-version=${apiVersion}`),
    list: await read('/connections'),
    preflight: await read(`/clusters${idOfCluster('c1')}/preflight`),
    namespace: objects.flatMap(([key, object]) => (/^(configmaps|events) /.test(key) ? [JSON.stringify(object)] : [])).join('\n'),
    log: logged.join('\n'),
    instances: await (await fetch(`${story.host.url}/runtime/webhooks/durabletask/instances?showInput=true`)).text(),
  }
  const piecesOf = (form: string): readonly string[] =>
    Array.from({ length: Math.max(1, form.length - piece + 1) }, (_, at) => form.slice(at, at + piece)).filter(
      (text) => new Set(text).size > 4,
    )
  const pieces = new Set(forms.flatMap(piecesOf).flatMap((text) => [text, JSON.stringify(text).slice(1, -1)]))
  for (const [place, text] of Object.entries(places)) {
    expect([place, text.length > 0]).toEqual([place, true])
    expect([place, [...pieces].filter((one) => text.includes(one))]).toEqual([place, []])
  }
  story.errors.splice(0)
})
