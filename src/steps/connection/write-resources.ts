// The Secret that the pods read. It is written when everything behind it is in place, and an existing Secret stays as it is until then. This is the
// only step that has a target's credential: wrapped from the answer of the service to the body of the API server's request.

import { authTypeOf } from '../../auth/catalogue.ts'
import type { Step } from '../../contract/step.ts'
import type { Connection } from '../../model/connection.ts'
import { linkerId } from '../../model/connection.ts'
import { type ConnectionFacts, type IdentityFacts, serviceIn } from '../../model/facts.ts'
import type { DesiredObjects, ObservedState } from '../../model/managed-object.ts'
import { kubernetesAnnotations, secretName, serviceAccountName } from '../../model/names.ts'
import type { Fault } from '../../model/problem.ts'
import { type Secret, secret } from '../../model/secret.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf, timeText } from '../../model/words.ts'
import type { KubernetesObject, ManagedKubernetesObject, Ports } from '../../ports/ports.ts'
import { targetOf } from '../../targets/catalogue.ts'
import { credentialOf } from '../../targets/resource.ts'
import { secretValuesOf } from '../../targets/secret-values.ts'
import type { Target } from '../../targets/target-type.ts'
import { byHandObjects } from '../by-hand/objects.ts'
import { carriedBy, changeInClusters, managedId, type Objects, observeInClusters } from '../cluster/in-cluster.ts'
import { placeIn } from './memberships.ts'
import { readiness } from './readiness.ts'

export const writeResources: Step<'connection', ManagedKubernetesObject, Objects> = {
  name: 'write-resources',
  loop: 'connection',
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
    const object = secretObject(self, uid, view)
    // In a missing namespace there is nothing to write; check-consent reports it.
    if (placeIn(self, view).is === 'missing') return { objects: [], later: [object] }
    if (needs.length > 0 || faults.length > 0) return { objects: [], later: [object], waiting: needs, faults }
    return { objects: [object] }
  },

  async observe(view, { objects, desired, tracked }, ports) {
    const found: Objects = new Map(
      await Promise.all(desired.map(async (object) => [object.id, await objectOf(object, view, ports)] as const)),
    )
    const observed = await observeInClusters(view, objects, found, ports, tracked)
    const there = objects.find(({ id }) => observed.some((one) => one.id === id && isStill(one)))
    const clientId = view.self?.identity && view.of(view.self.identity).clientId
    const hasAccount = view.self !== undefined && authTypeOf(view.self).serviceAccount
    const account = there && clientId && hasAccount ? serviceAccountName(clientId) : undefined
    const former = formerAccount(account, view)
    return {
      observed,
      // While a Secret is absent for a moment, the name that the pods use is remembered.
      facts: {
        secretName: there?.name,
        serviceAccount: account ?? (clientId && hasAccount ? view.facts.serviceAccount : undefined),
        formerAccount: former,
      },
      ...(former && account ? { faults: [renamed(former, account, view)], nextRunAt: former.at + renameNoticeMs } : {}),
      found,
    }
  },

  apply: (changes, contents, view, ports) => changeInClusters(changes, contents, view, ports),

  byHand: (changes, view) =>
    byHandObjects(changes, view.installation.name, () => ({
      annotations: view.self ? annotationsOf(view.self) : {},
      data: forPeople(view),
    })),
}

/** An object that cannot be read counts as before; one that is being deleted does not count any more. */
const isStill = (observed: ObservedState): boolean => observed.state === 'same' || (observed.state === 'unknown' && !observed.going)

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

/** Everything that the Secret is made of except the credential: for a key only its version is known. */
export function valuesFrom(view: View<'connection'>): unknown {
  const { self } = view
  if (!self) return undefined
  const target = view.of(self.target)
  const { keyVersion, createdAt } = target
  const service = serviceIn(target, self.type)
  const { running, fqdn } = view.of(self.cluster)
  const { clientId, tenant } = self.identity ? view.of(self.identity) : {}
  const { targetId, client, auth, customizedKeys, keyNaming, additionalConfigurations, servicePrincipal, secret: provided, userName } = self
  return {
    ...{ service, keyVersion, createdAt, clientId, tenant, targetId, client, auth, customizedKeys, keyNaming, additionalConfigurations },
    ...{ running, fqdn, servicePrincipal, provided, userName },
  }
}

function secretObject(self: Connection, clusterUid: string, view: View<'connection'>): ManagedKubernetesObject {
  const { cluster, namespace } = self
  const name = secretName(self.name)
  const summary = `Secret ${name} in namespace ${namespace} of cluster ${nameOf(cluster)}`
  return {
    kind: 'Secret',
    id: managedId(cluster, namespace, 'Secret', name),
    summary,
    cluster,
    clusterUid,
    namespace,
    name,
    owner: view.loop.key,
    ...carriedBy(self),
  }
}

async function objectOf(
  { kind, namespace, name }: ManagedKubernetesObject,
  view: View<'connection'>,
  ports: Ports,
): Promise<KubernetesObject> {
  const { self } = view
  if (!self) throw new TypeError('A Secret is desired for no connection')
  return { kind, namespace, name, annotations: annotationsOf(self), data: await dataOf(self, view, ports) }
}

const annotationsOf = ({ cluster, name }: Connection): Readonly<Record<string, string>> => ({
  'reloader.stakater.com/match': 'true',
  [kubernetesAnnotations.connection]: linkerId(cluster.id, name),
})

async function dataOf(self: Connection, view: View<'connection'>, ports: Ports): Promise<Secret<Readonly<Record<string, string>>>> {
  const { on } = typeOf(self)
  const source = authTypeOf(self).secret === 'fetched' ? credentialOf(on, self.type) : undefined
  const values = valuesOf(self, view, {
    ...(source ? { credential: await ports.arm.secret(self.target.id, source.action, on.apiVersion, source.pick) } : {}),
    ...(self.secret ? { provided: await ports.vault.read(self.secret) } : {}),
  })
  return secret(Object.fromEntries(Object.entries(values).map(([key, value]) => [key, typeof value === 'string' ? value : value.reveal()])))
}

/** The same with commands in place of credentials, which no report may contain. */
function forPeople(view: View<'connection'>): Readonly<Record<string, string>> {
  const { self } = view
  if (!self) return {}
  const { on } = typeOf(self)
  const credential = credentialOf(on, self.type)
  const show = (command: string): Secret<string> => secret(`$(${command} --output tsv)`)
  const url = `${self.target.id}${credential?.action === undefined ? '' : `/${credential.action}`}?api-version=${on.apiVersion}`
  const method = credential?.action === undefined ? 'get' : 'post'
  const values = valuesOf(self, view, {
    ...(credential ? { credential: show(`az rest --method ${method} --url '${url}' --query '${credential.query}'`) } : {}),
    ...(self.secret ? { provided: show(`az keyvault secret show --id '${self.secret.id}' --query value`) } : {}),
  })
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, typeof value === 'string' ? value : value.reveal()]))
}

function typeOf(self: Connection): Target {
  const type = targetOf(self.type)
  if (!type) throw new TypeError(`There is no target type ${self.type}`)
  return type
}

/** Readiness has checked these facts before. */
function valuesOf(
  self: Connection,
  view: View<'connection'>,
  credentials: Parameters<typeof secretValuesOf>[3],
): ReturnType<typeof secretValuesOf> {
  const service = serviceIn(view.of(self.target), self.type)
  if (!service) throw new TypeError(`The values of a connection need its ${self.type} to be read first`)
  const identity = self.identity ? { identity: view.of(self.identity) as IdentityFacts } : {}
  return secretValuesOf(typeOf(self), self, { service, tenant: view.installation.tenant, ...identity }, credentials)
}
