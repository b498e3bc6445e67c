// A Flux configuration as Microsoft.KubernetesConfiguration stores and answers it. What Flux says in the cluster (`seen`) is told to Azure some time later.
import type { World } from '../world.ts'
import { uidOf } from './extension.ts'
import { keyOf } from './ids.ts'
import { type Body, objectOf } from './provider.ts'

export type FluxStatus = {
  readonly name: string
  readonly namespace: string
  readonly kind: 'Bucket' | 'Kustomization'
  readonly complianceState: 'Compliant' | 'Non-Compliant' | 'Pending'
  readonly statusConditions: readonly Body[]
}
export type Seen = { readonly statuses: readonly FluxStatus[]; readonly revision?: string; readonly sourceUpdatedAt?: number }

/** What source-controller has fetched: kustomize-controller works on with it while the source cannot be read. */
type Artifact = { readonly revision: string; readonly files: Readonly<Record<string, string>> }

export type FluxConfiguration = {
  readonly id: string
  readonly name: string
  readonly cluster: string
  readonly clusterUid: string
  readonly properties: Body
  readonly operation: string
  /** Of the specification: a sync of an older one is void. */
  readonly generation: number
  readonly createdAt: number
  readonly seen: Seen
  readonly artifact?: Artifact
  /** Paths of what the Kustomization has applied. */
  readonly inventory: readonly string[]
}

const table = (world: World): Map<string, FluxConfiguration> => world.table<FluxConfiguration>('flux-configurations')

export function findFlux(world: World, id: string): FluxConfiguration | undefined {
  const row = table(world).get(keyOf(id))
  return row && row.clusterUid === uidOf(world, row.cluster) ? row : undefined
}
export const fluxOf = (world: World, cluster: string): readonly FluxConfiguration[] =>
  [...table(world).values()].filter((row) => keyOf(row.cluster) === keyOf(cluster) && findFlux(world, row.id))
export const storeFlux = (world: World, row: FluxConfiguration): void => void table(world).set(keyOf(row.id), row)
export const removeFlux = (world: World, id: string): void => void table(world).delete(keyOf(id))

export const namespaceOf = ({ properties }: FluxConfiguration): string => String(properties['namespace'])

const underWay = ['Creating', 'Updating', 'Deleting']
export const isUnderWay = ({ properties }: FluxConfiguration): boolean => underWay.includes(String(properties['provisioningState']))

export const withState = (row: FluxConfiguration, provisioningState: string, more: Body = {}): FluxConfiguration => ({
  ...row,
  properties: { ...row.properties, provisioningState, ...more },
})

/** Secrets of sources are never answered. */
export function answered({ id, name, properties, createdAt }: FluxConfiguration): Body {
  const { accountKey: _key, sasToken: _token, ...azureBlob } = objectOf(properties['azureBlob'])
  const time = new Date(createdAt).toISOString()
  return {
    id,
    name,
    type: 'Microsoft.KubernetesConfiguration/fluxConfigurations',
    properties: { ...properties, azureBlob },
    systemData: { createdAt: time, lastModifiedAt: time },
  }
}
