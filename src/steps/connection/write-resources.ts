// The Secret that the pods read, and the custom resources by which they get more: objects of a key vault as files, the content of App
// Configuration as a ConfigMap. They are written when everything behind them is in
// place, and what exists stays as it is until then.

import { authTypeOf } from '../../auth/catalogue.ts'
import { isKept } from '../../contract/on-delete.ts'
import type { Step } from '../../contract/step.ts'
import type { Connection } from '../../model/connection.ts'
import { linkerId } from '../../model/connection.ts'
import { type ConnectionFacts, serviceIn } from '../../model/facts.ts'
import type { KubernetesSpec } from '../../model/kubernetes-kind.ts'
import type { DesiredObjects } from '../../model/managed-object.ts'
import {
  appConfigurationProviderName,
  configMapName,
  kubernetesAnnotations,
  secretName,
  secretProviderClassName,
  serviceAccountName,
} from '../../model/names.ts'
import type { Fault } from '../../model/problem.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf, timeText } from '../../model/words.ts'
import type { KubernetesObject, ManagedKubernetesObject } from '../../ports/kubernetes.ts'
import type { Ports } from '../../ports/ports.ts'
import { byHandObjects } from '../by-hand/objects.ts'
import { carriedBy, changeInClusters, managedId, type Objects, observeInClusters, withoutHeld } from '../cluster/in-cluster.ts'
import { choiceFor } from '../cluster/transport-for.ts'
import { appConfigurationProviderOf } from './app-configuration-provider.ts'
import { providedIn } from './credentials.ts'
import { placeIn } from './memberships.ts'
import { readiness } from './readiness.ts'
import { rotationSeen, stillThere } from './rotation-seen.ts'
import { dataOf, forPeople } from './secret-content.ts'
import { secretProviderClassOf } from './secret-provider-class.ts'

export const writeResources: Step<'connection', ManagedKubernetesObject, Objects> = {
  name: 'write-resources',
  loop: 'connection',
  outlives: true,
  after: ['check-consent', 'store-secret'],
  reads: ['cluster', 'target', 'identity'],
  inputs: valuesFrom,

  desired(view): DesiredObjects<ManagedKubernetesObject> {
    const { self } = view
    const { consent } = view.facts
    if (!self || view.removing || consent === 'refused') return { objects: [] }
    if (consent === undefined) {
      const text = `waiting until the policies have been evaluated for ${nameOf(self.target)}`
      return { objects: [], waiting: [{ of: [view.loop], text, nextRunAt: view.now + minute }], incomplete: true }
    }
    const { uid, gone } = view.of(self.cluster)
    if (gone) return { objects: [] }
    // Even if the spec points elsewhere by now: what was allowed is retained, and nothing is written in a new place.
    if (consent === 'withdrawn')
      return { objects: [], later: view.tracked('write-resources').map(({ object }) => object as ManagedKubernetesObject) }
    const { needs, faults } = readiness(self, view)
    if (uid === undefined) return { objects: [], waiting: needs, faults, incomplete: true }
    const objects = withoutHeld(objectsOf(self, uid, view), view.tracked('write-resources'))
    // In a missing namespace there is nothing to write; check-consent reports it.
    if (placeIn(self, view).is === 'missing') return { objects: [], later: objects }
    if (needs.length > 0 || faults.length > 0) return { objects: [], later: objects, waiting: needs, faults }
    return { objects }
  },

  async observe(view, { objects, desired, tracked }, ports) {
    const found: Objects = new Map(
      await Promise.all(desired.map(async (object) => [object.id, await contentOf(object, view, ports)] as const)),
    )
    const observed = await observeInClusters(view, objects, found, ports, tracked)
    const all = stillThere(objects, observed)
    const there = all.find(({ kind }) => kind === 'Secret')
    const clientId = view.self?.identity && view.of(view.self.identity).clientId
    const hasAccount = view.self !== undefined && authTypeOf(view.self).serviceAccount
    const account = there && clientId && hasAccount ? serviceAccountName(clientId) : undefined
    const former = formerAccount(account, view)
    return {
      observed,
      // While a Secret is absent for a moment, the name that the pods use is remembered.
      facts: {
        secretName: there?.name,
        keyOf: rotationSeen(desired, observed, view, view.facts.keyOf),
        serviceAccount: account ?? (clientId && hasAccount ? view.facts.serviceAccount : undefined),
        formerAccount: former,
        secretProviderClass: all.find(({ kind }) => kind === 'SecretProviderClass')?.name,
        configMap:
          view.self && all.some(({ kind }) => kind === 'AzureAppConfigurationProvider') ? configMapName(view.self.name) : undefined,
      },
      ...(former && account ? { faults: [renamed(former, account, view)], nextRunAt: former.at + renameNoticeMs } : {}),
      found,
    }
  },

  apply: (changes, contents, view, ports) => changeInClusters(changes, contents, view, ports),

  byHand: (changes, view) =>
    byHandObjects(changes, view.installation.name, ({ kind }) => {
      if (!view.self) return { annotations: {} }
      const annotations = annotationsOf(kind, view.self, view)
      const spec = specOf(kind, view.self, view)
      return spec ? { annotations, spec } : { annotations, ...forPeople(view.self, view) }
    }),
}

/** People have a week to change their workloads to the new name; nothing tells when they have. */
const renameNoticeMs = 7 * 24 * 60 * minute

type Former = NonNullable<ConnectionFacts['formerAccount']>

function formerAccount(account: string | undefined, { facts, now }: View<'connection'>): Former | undefined {
  const { serviceAccount: before, formerAccount: former } = facts
  if (account !== undefined && before !== undefined && account !== before) return { name: before, at: now }
  return former && former.name !== account && now < former.at + renameNoticeMs ? former : undefined
}

function renamed({ name: former, at }: Former, account: string, { self, loop }: View<'connection'>): Fault {
  const about = { name: self?.name ?? nameOf(loop), namespace: self?.namespace ?? '', since: timeText(at), account, former }
  return { code: 'ServiceAccountRenamed', about }
}

/** Everything that they are made of except the credential: for a key only its version is known. */
export function valuesFrom(view: View<'connection'>): unknown {
  const { self } = view
  if (!self) return undefined
  const target = view.of(self.target)
  const { keyVersion, createdAt, keys } = target
  const service = serviceIn(target, self.type)
  const { running, fqdn } = view.of(self.cluster)
  const { clientId, tenant } = self.identity ? view.of(self.identity) : {}
  const { targetId, client, auth, customizedKeys, keyNaming, additionalConfigurations, servicePrincipal, secret: provided, userName } = self
  return {
    ...{ service, keyVersion, createdAt, clientId, tenant, targetId, client, auth, customizedKeys, keyNaming, additionalConfigurations },
    ...{
      running,
      fqdn,
      servicePrincipal,
      provided,
      userName,
      vaultObjects: self.vaultObjects,
      kubernetesExtension: self.kubernetesExtension,
    },
    ...(self.keptSecret ? { kept: providedIn(self, view) } : {}),
    ...(isKept(self, view) ? { stays: true } : {}),
    ...choiceFor(self, view),
    ...{ appended: self.additionalConnectionStringProperties, slot: keys?.slot, rotation: keys?.rotation },
  }
}

function objectsOf(self: Connection, clusterUid: string, view: View<'connection'>): readonly ManagedKubernetesObject[] {
  const { cluster, namespace } = self
  const object = (kind: ManagedKubernetesObject['kind'], name: string): ManagedKubernetesObject => ({
    kind,
    id: managedId(cluster, namespace, kind, name),
    summary: `${kind} ${name} in namespace ${namespace} of cluster ${nameOf(cluster)}`,
    cluster,
    clusterUid,
    namespace,
    name,
    owner: view.loop.key,
    ...carriedBy(self, view),
  })
  return [
    object('Secret', secretName(self.name)),
    ...(self.vaultObjects ? [object('SecretProviderClass', secretProviderClassName(self.name))] : []),
    ...(self.kubernetesExtension ? [object('AzureAppConfigurationProvider', appConfigurationProviderName(self.name))] : []),
  ]
}

async function contentOf(
  { kind, namespace, name }: ManagedKubernetesObject,
  view: View<'connection'>,
  ports: Ports,
): Promise<KubernetesObject> {
  const { self } = view
  if (!self) throw new TypeError('An object is desired for no connection')
  const place = { kind, namespace, name, annotations: annotationsOf(kind, self, view) }
  const spec = specOf(kind, self, view)
  return spec ? { ...place, spec } : { ...place, data: await dataOf(self, view, ports) }
}

/** `undefined`: it is a Secret. */
function specOf(kind: ManagedKubernetesObject['kind'], self: Connection, view: View<'connection'>): KubernetesSpec | undefined {
  if (kind === 'SecretProviderClass') return secretProviderClassOf(self, view)
  return kind === 'AzureAppConfigurationProvider' ? appConfigurationProviderOf(self, view) : undefined
}

/** What stays without its connection is spared from the sweep. */
export const annotationsOf = (
  kind: ManagedKubernetesObject['kind'],
  self: Connection,
  view: Parameters<typeof isKept>[1],
): Readonly<Record<string, string>> => ({
  ...(kind === 'Secret' ? { 'reloader.stakater.com/match': 'true' } : {}),
  [kubernetesAnnotations.connection]: linkerId(self.cluster.id, self.name),
  ...(isKept(self, view) ? { [kubernetesAnnotations.prune]: 'disabled' } : {}),
})
