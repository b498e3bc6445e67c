// A cluster extension as Microsoft.KubernetesConfiguration stores and answers it.
import type { World } from '../world.ts'
import { keyOf } from './ids.ts'
import { findCluster } from './managed-cluster.ts'
import { type Body, objectOf } from './provider.ts'

type Status = {
  readonly code: string
  readonly displayStatus: string
  readonly level: 'Error' | 'Information'
  readonly message: string
  readonly time: string
}
export type Extension = {
  readonly id: string
  readonly name: string
  readonly cluster: string
  /** Of the cluster that it is in: a recreated cluster has none. */
  readonly clusterUid: string
  readonly properties: Body
  /** Write-only, and gone when the agent has fetched them. */
  readonly protectedSettings: Readonly<Record<string, string>>
  readonly revision: number
  readonly operation: string
  readonly createdAt: number
}

const extensions = (world: World): Map<string, Extension> => world.table<Extension>('cluster-extensions')

export function findExtension(world: World, id: string): Extension | undefined {
  const row = extensions(world).get(keyOf(id))
  return row && row.clusterUid === uidOf(world, row.cluster) ? row : undefined
}
export const extensionsOf = (world: World, cluster: string): readonly Extension[] =>
  [...extensions(world).values()].filter((row) => keyOf(row.cluster) === keyOf(cluster) && findExtension(world, row.id))
export const storeExtension = (world: World, row: Extension): void => void extensions(world).set(keyOf(row.id), row)
export const removeExtension = (world: World, id: string): void => void extensions(world).delete(keyOf(id))

export const uidOf = (world: World, cluster: string): string => String(findCluster(world, cluster)?.properties['resourceUID'])

const underWay = ['Creating', 'Updating', 'Deleting']
export const isUnderWay = ({ properties }: Extension): boolean => underWay.includes(String(properties['provisioningState']))

export const withState = (row: Extension, provisioningState: string, more: Body = {}): Extension => ({
  ...row,
  properties: { ...row.properties, provisioningState, ...more },
})

export function statusOf(world: World, message: string | undefined): readonly Status[] {
  if (message === undefined) return []
  const time = new Date(world.clock.now()).toISOString()
  return [{ code: 'InstallationFailed', displayStatus: 'Error', level: 'Error', message, time }]
}

/** Values of protected settings are never answered, only their names. */
export const answered = ({ id, name, properties, protectedSettings, createdAt }: Extension): Body => ({
  id,
  name,
  type: 'Microsoft.KubernetesConfiguration/extensions',
  properties: {
    ...properties,
    configurationProtectedSettings: Object.fromEntries(Object.keys(protectedSettings).map((key) => [key, ''])),
    isSystemExtension: false,
  },
  systemData: {
    createdBy: null,
    createdByType: null,
    createdAt: new Date(createdAt).toISOString(),
    lastModifiedBy: null,
    lastModifiedByType: null,
    lastModifiedAt: new Date(createdAt).toISOString(),
  },
})

export const textsOf = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(objectOf(value)).map(([key, text]) => [key, String(text)]))
