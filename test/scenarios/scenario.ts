// Whole stories: simulated cloud, embedded host with the built app, front and events in one process, in virtual time.
import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { VirtualClock } from '../../src/local/clock.ts'
import { type AzuriteHandle, startAzurite } from '../../src/local/cloud/storage/azurite.ts'
import { type FleetInput, fleet, subscription } from '../../src/local/fleets/fleet.ts'
import { type Local, type LocalOptions, startLocal } from '../../src/local/local.ts'

export const minute = 60_000
export const apiVersion = '2024-04-01'

export const idOfCluster = (name: string, group = 'shop'): string =>
  `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.ContainerService/managedClusters/${name}`
export const idOfAccount = (name: string, group = 'shop'): string =>
  `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Storage/storageAccounts/${name}`

export type Scenario = Local & {
  readonly clock: VirtualClock
  /** What the app logged as an error. After a story it must be empty, or emptied by the story that expected it. */
  readonly errors: string[]
  /** Lets time pass until the condition holds; fails with the connections' timelines where it does not. */
  until(what: string, condition: () => boolean | Promise<boolean>, within?: number): Promise<void>
  putPolicy(name?: string, allow?: Record<string, unknown>): Promise<void>
  putLinker(name: string, properties?: Record<string, unknown>, cluster?: string): ReturnType<Local['call']>
  linker(name: string, cluster?: string): Promise<Linker>
  /** Lets time pass until GET says so. */
  reaches(name: string, state: string, within?: number): Promise<Linker>
}

export type Linker = { readonly status: number; readonly state: string | undefined; readonly properties: Record<string, unknown>; readonly body: unknown }

let azurite: AzuriteHandle
const open = new Set<() => Promise<void>>()

/** To be called once in a file, at the top. */
export function useScenarios(): (options?: Partial<Omit<LocalOptions, 'fleet'>> & { readonly fleet?: Partial<FleetInput> }) => Promise<Scenario> {
  beforeAll(async () => {
    azurite = await startAzurite()
  })
  afterAll(() => azurite.close())
  afterEach(async () => {
    const closing = [...open]
    open.clear()
    for (const close of closing) await close()
  })
  return async (options = {}) => {
    const clock = new VirtualClock()
    const putBack = clock.install()
    const errors: string[] = []
    const local = await startLocal({
      azurite,
      clock,
      ...options,
      host: {
        ...options.host,
        log: ({ level, source, message }) => void ((level === 'error' || level === 'critical') && errors.push(`${source}: ${message}`)),
      },
      fleet: fleet(options.fleet),
      settings: { CONNECTOR_TABLE: `t${createHash('sha256').update(`${Math.random()}`).digest('hex').slice(0, 16)}`, ...options.settings },
    })
    open.add(async () => {
      await local.close()
      putBack()
      expect(errors).toEqual([])
      expect(local.host.violations).toEqual([])
    })
    const path = (name: string, cluster: string): string =>
      `${idOfCluster(cluster)}/providers/Microsoft.ServiceLinker/linkers/${name}?api-version=${apiVersion}`
    const linker = async (name: string, cluster = 'c1'): Promise<Linker> => {
      const { status, body } = await local.call('ada', 'GET', path(name, cluster))
      const properties = (body as { properties?: Record<string, unknown> } | undefined)?.properties ?? {}
      return { status, state: properties.provisioningState as string | undefined, properties, body }
    }
    const until: Scenario['until'] = async (what, condition, within = 60 * minute) => {
      try {
        await clock.until(what, condition, within)
      } catch (error) {
        const { body } = await local.call('ada', 'GET', '/connections')
        throw new Error(`${String(error)}\n${JSON.stringify(body, null, 1)}`)
      }
    }
    return {
      ...local,
      clock,
      errors,
      until,
      linker,
      async putPolicy(name = 'all', allow = {}) {
        const body = {
          allow: { clusters: ['*/*/*'], targets: ['*/*/*'], namespaces: ['*'], auth: ['*'], roles: ['*'], identities: ['*/*/*'], changeClusters: true, ...allow },
        }
        const answer = await local.call('ada', 'PUT', `/policies/${name}`, body)
        if (answer.status >= 300) throw new Error(`The policy was refused: ${answer.status} ${JSON.stringify(answer.body)}`)
      },
      putLinker: (name, properties = {}, cluster = 'c1') =>
        local.call('ada', 'PUT', path(name, cluster), {
          properties: {
            targetService: { type: 'AzureResource', id: `${idOfAccount('orders')}/blobServices/default` },
            authInfo: { authType: 'secret' },
            clientType: 'none',
            scope: 'orders',
            ...properties,
          },
        }),
      async reaches(name, state, within) {
        await until(`${name} to be ${state}`, async () => (await linker(name)).state === state, within)
        return await linker(name)
      },
    }
  }
}
