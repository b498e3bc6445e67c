// The state on both sides, read from Azure and the clusters as a person would: to show what a connection created, and that nothing of it remains.

import { accountIdOf, all, clusterIdOf } from './places.ts'
import { type DemoSetup, must } from './setup.ts'

/** One line per object; equal snapshots are equal lists. */
export type Snapshot = Readonly<Record<'identities' | 'credentials' | 'roles' | 'firewall' | 'kubernetes', readonly string[]>>

type Body = { readonly value: readonly Row[] }
type Row = {
  readonly id: string
  readonly name: string
  readonly properties: Readonly<Record<string, unknown>>
}
type ObjectList = { readonly items: readonly { readonly metadata: { readonly namespace: string; readonly name: string } }[] }

export async function takeSnapshot(setup: DemoSetup): Promise<Snapshot> {
  const { ada, fleet } = setup
  const list = async (path: string): Promise<readonly Row[]> => {
    const { status, body } = await ada.arm('GET', path)
    must(status === 200, `GET ${path} answered ${status}: ${JSON.stringify(body)}`)
    return (body as Body).value
  }
  const subscription = `/subscriptions/${fleet.subscriptions[0]?.id ?? ''}`
  const identity = 'providers/Microsoft.ManagedIdentity/userAssignedIdentities'
  const identities = await list(`${subscription}/${identity}?api-version=2023-01-31`)
  const credentials = await Promise.all(identities.map(({ id }) => list(`${id}/federatedIdentityCredentials?api-version=2023-01-31`)))
  const roles = await list(`${subscription}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01`)
  return {
    identities: sorted(identities.map(({ name }) => name)),
    credentials: sorted(credentials.flat().map(({ properties }) => String(properties['subject']))),
    roles: sorted(roles.map(({ id }) => id)),
    firewall: sorted(
      (await Promise.all(all.map((connection) => allowedIps(setup, accountIdOf(fleet, connection), connection.account)))).flat(),
    ),
    kubernetes: sorted(
      (await Promise.all([...new Set(all.map((one) => clusterIdOf(fleet, one)))].map((id) => objectsIn(setup, id)))).flat(),
    ),
  }
}

async function allowedIps({ ada }: DemoSetup, id: string, name: string): Promise<readonly string[]> {
  const { body } = await ada.arm('GET', `${id}?api-version=2024-01-01`)
  const { networkAcls } = (
    body as { readonly properties: { readonly networkAcls: { readonly ipRules: readonly { readonly value: string }[] } } }
  ).properties
  return networkAcls.ipRules.map(({ value }) => `${name} lets in ${value}`)
}

async function objectsIn({ ada }: DemoSetup, clusterId: string): Promise<readonly string[]> {
  const kinds = await Promise.all(
    ['secrets', 'serviceaccounts'].map(async (kind) => {
      const { status, body } = await ada.kubernetes(clusterId, 'GET', `/api/v1/${kind}`)
      must(status === 200, `the list of ${kind} answered ${status}: ${JSON.stringify(body)}`)
      return (body as ObjectList).items.map(
        ({ metadata }) => `${clusterId.split('/').at(-1)}: ${kind} ${metadata.namespace}/${metadata.name}`,
      )
    }),
  )
  return kinds.flat()
}

const sorted = (lines: readonly string[]): readonly string[] => [...lines].sort()
