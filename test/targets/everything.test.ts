// What `npm run demo -- --everything` connects. The demo itself takes a minute of real time: no test runs it.
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { everything, oneOf } from '../../src/local/fleets/everything.ts'
import { readFleet } from '../../src/local/fleets/fleet.ts'
import { parseResourceId } from '../../src/model/resource-id.ts'
import { targetAt, targetAtEndpoint } from '../../src/model/target-place.ts'
import { targets } from '../../src/targets/catalogue.ts'

const group = '/subscriptions/7d2f9c10-41b6-4c3e-8f5a-1e6b0a9d3c52/resourceGroups/shop'
const { storageAccounts } = readFleet(readFileSync(new URL('../../src/local/fleets/demo.yaml', import.meta.url), 'utf8'))
const ids = [
  ...everything(group).map(({ id }) => id),
  ...storageAccounts.map(({ name }) => `${group}/providers/Microsoft.Storage/storageAccounts/${name}`),
]

it.each(targets.map((target) => [target.type, target] as const))('has one of type %s, which is in its fleet', (type, target) => {
  const { targetService } = oneOf(type, group) ?? expect.fail(`there is no ${type}`)
  if ('endpoint' in target.on) {
    expect(targetAtEndpoint(String(Reflect.get(targetService, 'endpoint')), target)).toBeDefined()
    return
  }
  const id = parseResourceId(Reflect.get(targetService, 'id'))
  expect(id && targetAt(id, target)).toBeDefined()
  expect(ids.some((one) => id?.id.startsWith(one))).toBe(true)
})
