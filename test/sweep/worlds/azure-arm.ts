// Azure as far as the Azure side of the sweep asks it, by ids: resources and their children behind Azure Resource Manager, identities, and what Resource Graph
// lists. Only what ARM and the graph answer is made up; the app's adapters read it.
import { sweptAzure } from '../../../src/azure/swept-azure.ts'
import { Failure } from '../../../src/errors/failure.ts'
import { parseResourceId } from '../../../src/model/resource-id.ts'
import type { Credential, Identity } from '../../../src/ports/azure.ts'
import type { DatabasePlace, Databases } from '../../../src/ports/databases.ts'
import type { Provenance } from '../../../src/ports/ports.ts'
import type { MadeInAzure } from '../../../src/ports/sweep.ts'
import { namedGrants } from '../../../src/steps/identity/grants/named-grants.ts'
import type { SweepArm } from '../../../src/sweep/azure-sweeping.ts'

type Body = Readonly<Record<string, unknown>>
export type There = { readonly identity: Identity; readonly credentials: Credential[] }

/** `users`: whom each stands for, by `<database id>/users/<name>`. All are writers. */
export function azureOf(provenance: Provenance) {
  const users = new Map<string, string>()
  const resources = new Map<string, Body & { readonly id: string }>()
  const identities = new Map<string, There>()
  const made: MadeInAzure[] = []
  const state = { isClusterThere: true, isClusterListed: true, refusesGraph: false, refusesTargets: false, isGraphBehind: false }
  const removed: string[] = []
  const lower = (id: string): string => id.toLowerCase()
  const refusal = new Failure({ class: 'permission', code: 'RightMissing', about: {} })
  const isChild = (id: string): boolean => /sqlroleassignments|accesspolicyassignments|firewallrules|storageaccounts\/[^/]+$/i.test(id)
  const answers = (id: string): void => {
    if (state.refusesTargets && isChild(id)) throw refusal
  }
  const take = (id: string): void => {
    if (resources.delete(lower(id))) removed.push(id)
  }

  const arm: SweepArm = {
    async get(id) {
      if (/\/managedclusters\/[^/]+$/i.test(id)) return state.isClusterThere ? { id } : undefined
      answers(id)
      return resources.get(lower(id))
    },
    async list(path) {
      answers(path)
      const below = `${lower(path)}/`
      return [...resources.values()].filter(({ id }) => lower(id).startsWith(below) && !lower(id).slice(below.length).includes('/'))
    },
    async patch(id, _version, body) {
      answers(id)
      const before = resources.get(lower(id))
      if (before)
        resources.set(lower(id), { ...before, properties: { ...Object(before['properties']), ...Object((body as Body)['properties']) } })
      return { body: undefined }
    },
    put: async () => ({ body: undefined }),
    async delete(id) {
      answers(id)
      take(id)
      return { body: undefined }
    },
  }

  const idIn = ({ host, database }: DatabasePlace, name: string): string => {
    if (state.refusesTargets) throw refusal
    const server = [...resources.values()].find(({ properties }) => Object(properties)['fullyQualifiedDomainName'] === host)
    return `${server?.id}/databases/${database}/users/${name}`
  }
  const databases: Databases = {
    async find(place, { name, objectId }) {
      const of = users.get(idIn(place, name))
      return of === undefined ? undefined : { isSame: of === objectId, roles: ['reader', 'writer'] }
    },
    async users(place) {
      const below = idIn(place, '')
      return [...users.keys()].flatMap((id) => (id.startsWith(below) ? [{ name: id.slice(below.length), isUnused: false }] : []))
    },
    grant: async () => {},
    async revoke(place, { name, objectId }) {
      const id = idIn(place, name)
      if (users.get(id) === objectId && users.delete(id)) removed.push(id)
    },
  }

  const azure = sweptAzure({
    graph: {
      async *made() {
        // It lists what is gone, too.
        yield* made.filter(({ id }) => state.isGraphBehind || identities.has(id) || resources.has(lower(id)))
      },
      async *ofTypes(types) {
        for (const { id } of resources.values()) if (types.includes(parseResourceId(id)?.type ?? '')) yield id
      },
      async named(all) {
        const is = (id: string): boolean =>
          all.some(({ type, names }) => lower(id).includes(type.slice(type.indexOf('/'))) && lower(id).endsWith(`/${names.at(-1)}`))
        return [...resources.values()].flatMap(({ id }) => (is(id) ? [id] : []))
      },
      async isListed() {
        if (state.refusesGraph) throw refusal
        return state.isClusterListed
      },
      inventory: async function* () {},
      namesakes: async () => [],
    },
    identities: {
      get: async (id) => identities.get(id)?.identity,
      credentials: async (id) => identities.get(id)?.credentials,
      create: async () => {},
      addCredential: async () => {},
      async delete(id) {
        if (identities.delete(id)) removed.push(id)
      },
      async deleteCredential(id, name) {
        const there = identities.get(id)?.credentials ?? []
        there.splice(
          there.findIndex((one) => one.name === name),
          1,
        )
        removed.push(`${id}/federatedIdentityCredentials/${name}`)
      },
    },
    arm,
    grants: namedGrants({ arm: arm as never, databases, ownIds: async () => ['app'] }),
    provenance,
  })
  return {
    arm,
    azure,
    users,
    resources,
    identities,
    made,
    removed,
    state,
    put: (body: Body & { readonly id: string }) => void resources.set(lower(body.id), body),
  }
}
