// `npm run demo -- --everything`: one connection to each type of target that the connector knows, and all of them gone again.

import { setTimeout as wait } from 'node:timers/promises'
import { oneOf, everything as resources } from '../fleets/everything.ts'
import type { DemoConsole } from './console.ts'
import { clusterIdOf, groupOf, invoices, linkerPath } from './places.ts'
import { type DemoSetup, must, openSetup, until } from './setup.ts'

type Supported = { readonly target: string; readonly auth_types: readonly string[] }
type Listed = {
  readonly name: string
  readonly properties: {
    readonly provisioningState: string
    readonly kubernetesResourceName: { readonly secret: string }
    readonly problems: readonly { readonly code: string; readonly message: string }[]
  }
}
const authInfo: Readonly<Record<string, object>> = {
  'workload-identity': { authType: 'userAssignedIdentity' },
  secret: { authType: 'secret' },
  password: { authType: 'secret', name: 'ada', secretInfo: { secretType: 'rawValue', value: 'password-of-ada' } },
}
const patience = 180

async function tell(setup: DemoSetup): Promise<void> {
  const { demoConsole, fleet } = setup
  const types = (await ok(setup, 'GET', '/targetTypes', 200)) as readonly Supported[]
  demoConsole.heading('One connection to each type of target')
  demoConsole.say(`The connector knows ${types.length} of them. What each writes into the Secret of its connection:`)
  const inShop = [`${fleet.subscriptions[0]?.id}/shop/*`]
  const allow = {
    clusters: inShop,
    targets: [...inShop, 'endpoints/*/*'],
    namespaces: [invoices.namespace],
    auth: ['workload-identity', 'secret'],
    changeClusters: true,
  }
  await ok(setup, 'PUT', '/policies/everything', 201, { allow })
  for (const { target, auth_types } of types)
    await ok(setup, 'PUT', linkerOf(setup, target), 201, { properties: propertiesOf(setup, target, auth_types) })

  const width = Math.max(...types.map(({ target }) => target.length))
  await untilAll(setup, types, async (name, linker) => {
    if (linker?.properties.provisioningState !== 'Succeeded') return false
    const keys = await keysOf(setup, linker.properties.kubernetesResourceName.secret)
    must(keys.length > 0, `the Secret of ${name} has no key`)
    demoConsole.seen(`${name.padEnd(width)} ${keys.join(', ')}`, 'good')
    return true
  })

  demoConsole.heading('Disconnecting')
  for (const { target } of types) await ok(setup, 'DELETE', linkerOf(setup, target), 202)
  await untilAll(setup, types, async (_name, linker) => linker === undefined)
  demoConsole.say(`${types.length} connections came and went in ${demoConsole.seconds().toFixed(0)} s.`)
}

export const everything = {
  open: (demoConsole: DemoConsole): Promise<DemoSetup> => openSetup(demoConsole, (fleet) => resources(groupOf(fleet, 'shop'))),
  tell,
}

const linkerOf = ({ fleet }: DemoSetup, name: string): string => linkerPath(fleet, { ...invoices, name })

function propertiesOf({ fleet }: DemoSetup, target: string, auths: readonly string[]): object {
  const one = oneOf(target, groupOf(fleet, 'shop'))
  must(one, `there is a ${target} to connect`)
  const [auth = ''] = auths
  return {
    targetService: one.targetService,
    targetType: target,
    authInfo: authInfo[one.password ? 'password' : auth],
    scope: invoices.namespace,
  }
}

async function keysOf(setup: DemoSetup, secret: string): Promise<readonly string[]> {
  const path = `/api/v1/namespaces/${invoices.namespace}/secrets/${secret}`
  const { status, body } = await setup.ada.kubernetes(clusterIdOf(setup.fleet, invoices), 'GET', path)
  must(status === 200, `GET of the Secret ${secret} answered ${status}: ${JSON.stringify(body)}`)
  return Object.keys((body as { readonly data?: object }).data ?? {})
}

async function ok({ ada }: Pick<DemoSetup, 'ada'>, method: string, path: string, expected: number, sent?: object): Promise<unknown> {
  const { status, body } = await ada.connector(method, path, sent)
  must(status === expected, `${method} ${path} answered ${status}: ${JSON.stringify(body)}`)
  return body
}

/** Asks for all connections at once; `isOver` is not asked again where it was. */
async function untilAll(
  { ada }: DemoSetup,
  types: readonly Supported[],
  isOver: (name: string, linker: Listed | undefined) => Promise<boolean>,
): Promise<void> {
  const open = new Set(types.map(({ target }) => target))
  const told = (): string => `the end of ${[...open].join(', ')}`
  await until(told, patience, async () => {
    const { value } = (await ok({ ada }, 'GET', '/connections', 200)) as { readonly value: readonly Listed[] }
    for (const name of open) {
      const linker = value.find((one) => one.name === name)
      const [problem] = linker?.properties.provisioningState === 'Failed' ? linker.properties.problems : []
      must(problem === undefined, `${name}: ${problem?.code}: ${problem?.message}`)
      if (await isOver(name, linker)) open.delete(name)
    }
    if (open.size === 0) return true
    await wait(1_000)
    return undefined
  })
}
