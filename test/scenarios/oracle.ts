// What there must be outside, from nothing but what people last asked for; and what there is, in the same words. Names that are made of hashes and
// random ids are replaced by what they stand for, so that the two can be compared line by line, each as often as it is there.

import { egressIps } from '../../src/local/cloud/arm/egress.ts'
import { findCluster } from '../../src/local/cloud/arm/managed-cluster.ts'
import { resources } from '../../src/local/cloud/arm/resources.ts'
import { keysOf } from '../../src/local/cloud/arm/storage-account.ts'
import { federatedCredentials } from '../../src/local/cloud/entra/directory.ts'
import type { World } from '../../src/local/cloud/world.ts'
import { footprint, kubernetesObjects, secretData } from './footprint.ts'
import { idOfAccount, idOfCluster } from './scenario.ts'
import { type ConnectionInput, clusterNames, type Spec, targetNames } from './schedule.ts'

/** Storage Blob Data Contributor, the default role of a blob connection. */
const contributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'

export function expected(world: World, input: ConnectionInput): readonly string[] {
  const lines: string[] = []
  const shared = new Set<string>()
  for (const [key, spec] of [...input.tags, ...input.http]) {
    const [cluster = '', name = ''] = key.split('/')
    if (!input.policies.has(cluster as 'c1')) continue
    for (const line of ofConnection(world, cluster, name, spec)) {
      // What connections share is there once.
      if (shared.has(line)) continue
      shared.add(line)
      lines.push(line)
    }
  }
  return lines.sort()
}

function ofConnection(world: World, cluster: string, name: string, { auth, target, namespace }: Spec): readonly string[] {
  const found = findCluster(world, idOfCluster(cluster))
  if (!found) throw new Error(`There is no cluster ${cluster}`)
  const lines = [
    `Secret ${namespace}/sc-${name}-secret in ${cluster} for ${target} by ${auth === 'secret' ? 'its present key' : auth}`,
    ...egressIps(world, found).map((ip) => `firewall ${target} ${ip}`),
  ]
  if (auth === 'secret') return lines
  const identity = auth === 'given identity' ? 'given' : `sc-${cluster}-${namespace}-default`
  return [
    ...lines,
    ...(auth === 'given identity' ? [] : [`identity ${identity}`]),
    `role ${contributor} of ${identity} on ${target}`,
    `ServiceAccount ${namespace}/sc-account-of-${identity} in ${cluster}`,
    `credential of ${identity} for ${namespace}/sc-account-of-${identity} in ${cluster}`,
  ]
}

/** `before`: the footprint of the world when the story began. */
export function actual(world: World, before: readonly string[]): readonly string[] {
  const was = [...before]
  const names = namesOf(world)
  const lines = footprint(world).filter((line) => {
    const at = was.indexOf(line)
    if (at >= 0) was.splice(at, 1)
    return at < 0 && !/^(Secret|credential) /.test(line)
  })
  return [...lines.map(names), ...secretsOf(world), ...credentialsOf(world).map(names), ...was.map((line) => `- ${line}`)].sort()
}

/** Replaces client ids, principals and the hashes of identities by the names of the identities. */
function namesOf(world: World): (line: string) => string {
  const ids = new Map<string, string>()
  for (const resource of resources(world).values()) {
    if (resource.type.toLowerCase() !== 'microsoft.managedidentity/userassignedidentities') continue
    const name = resource.name.replace(/^(sc-.*)-[a-z2-7]{26}$/, '$1')
    ids.set(resource.name, name)
    for (const [property, text] of [
      ['clientId', `of-${name}`],
      ['principalId', name],
    ] as const)
      ids.set(String(resource.properties[property]), text)
  }
  const pattern = () => new RegExp([...ids.keys()].join('|'), 'g')
  return (line) => (ids.size === 0 ? line : line.replace(pattern(), (id) => ids.get(id) ?? id))
}

/** What a Secret of a connection is good for, as a pod would find out. */
function secretsOf(world: World): readonly string[] {
  return clusterNames.flatMap((cluster) =>
    kubernetesObjects(world, idOfCluster(cluster))
      .filter(({ kind }) => kind === 'Secret')
      .map(({ metadata: { name, namespace } }) => {
        const data = secretData(world, idOfCluster(cluster), name)
        const text = Object.values(data).join(' ')
        const target = targetNames.find((one) => text.includes(`//${one}.`) || text.includes(`AccountName=${one};`)) ?? 'nothing known'
        return `Secret ${namespace}/${name} in ${cluster} for ${target} by ${meansOf(world, data, target)}`
      }),
  )
}

function meansOf(world: World, data: Readonly<Record<string, string>>, target: string): string {
  const clientId = data['AZURE_STORAGEBLOB_CLIENTID']
  if (clientId !== undefined) {
    const of = namesOf(world)(clientId)
    return of === 'of-given' ? 'given identity' : of.startsWith('of-sc-') ? 'own identity' : `an identity that is not there, ${clientId}`
  }
  const key = /AccountKey=([^;]+)/.exec(data['AZURE_STORAGEBLOB_CONNECTIONSTRING'] ?? '')?.[1]
  return keysOf(world, idOfAccount(target)).some(({ value }) => value === key) ? 'its present key' : 'a key that is no more'
}

const credentialsOf = (world: World): readonly string[] =>
  [...federatedCredentials(world).values()].map(({ identityId, issuer, subject }) => {
    const cluster = clusterNames.find((name) => issuer === issuerOf(world, name)) ?? issuer
    const identity = identityId.slice(identityId.lastIndexOf('/') + 1)
    return `credential of ${identity} for ${subject.replace('system:serviceaccount:', '').replace(':', '/')} in ${cluster}`
  })

const issuerOf = (world: World, cluster: string): unknown =>
  (findCluster(world, idOfCluster(cluster))?.properties['oidcIssuerProfile'] as { issuerURL?: string } | undefined)?.issuerURL
