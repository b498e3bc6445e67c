// The transport `extension`, Azure Service Connector's own: each object is passed in the protected settings of the cluster extension `sc-extension`,
// whose job applies it in the cluster. It works without network access to the cluster; nothing can be read back but the applied hashes
// (model/applied-hash.ts). A request overwrites existing objects, so a first one requires that the API server says that there is none, or a policy
// that allows taking objects over.
//
// The extension is one resource for all connections of a cluster, without ETag, and takes one write at a time: a write that finds it busy waits. The
// documented part of a request (`connection`, `correlationid`, `operation`, `resources`) comes from public samples of 2022; the part for
// ServiceAccounts is a guess. Never tried on Azure.
import { randomUUID } from 'node:crypto'
import { problemOf } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import { unquoted } from '../errors/unquoted.ts'
import { appliedHashOf, digestOf, withAppliedHash, withoutLast } from '../model/applied-hash.ts'
import {
  appliedHashesOf,
  bodyOf,
  type Extension,
  extensionApi,
  extensionId,
  extensionOf,
  isOurType,
  issueOf,
  isUnderWay,
} from '../model/extension.ts'
import { kubernetesKinds, type ManagedKind } from '../model/kubernetes-kind.ts'
import type { Loop } from '../model/loop.ts'
import type { Mark, ObservedState } from '../model/managed-object.ts'
import type { Fault } from '../model/problem.ts'
import { resourceId } from '../model/resource-id.ts'
import { type Secret, secret } from '../model/secret.ts'
import type { Arm } from '../ports/azure.ts'
import type { Carried, KubernetesObject, ManagedKubernetesObject, Transport } from '../ports/kubernetes.ts'
import { type Peek, unlessThere } from './unless-there.ts'

export function extensionTransport(arm: Arm, cluster: Loop<'cluster'>, installation: string, now: () => number, peek: Peek): Transport {
  const id = extensionId(cluster.id)
  const name = resourceId(cluster.id).name
  const read = async (): Promise<Extension | undefined> => {
    const body = await arm.get(id, extensionApi)
    return body && extensionOf(body)
  }

  function observedState(
    object: ManagedKubernetesObject,
    content: KubernetesObject | undefined,
    extension: Extension,
    isTracked: boolean,
  ): ObservedState {
    const appliedHash = appliedHashOf(appliedHashesOf(extension), object.id, { installation, owner: object.owner })
    // Anyone who may change the extension can write applied hashes: one of the app's counts only together with the ledger.
    const markOf = (mark: Mark): Mark => (isTracked ? mark : 'foreign')
    const different = (difference: string, mark: Mark): ObservedState => ({
      id: object.id,
      state: 'different',
      mark,
      difference,
      asWritten: true,
    })
    if (appliedHash.last && extension.provisioningState !== 'Succeeded') {
      const failed = `the extension failed: ${issueOf(extension) ?? 'it says no more'}`
      const why = isUnderWay(extension) ? 'the extension is still processing it' : failed
      // It does not exist before its job has said so.
      if (appliedHash.is === 'there') return different(why, markOf(appliedHash.mark))
      if (isTracked) return different(why, 'none')
    }
    // Without an applied hash, a tracked object may exist or not: the request to write or delete it is repeated.
    if (appliedHash.is === 'none')
      return isTracked ? different('the extension has no applied hash for it', 'none') : { id: object.id, state: 'absent' }
    if (appliedHash.is === 'removed') return { id: object.id, state: 'absent' }
    if (!content || digestFor(object, content) === appliedHash.digest)
      return { id: object.id, state: 'same', mark: markOf(appliedHash.mark) }
    return different('its content', markOf(appliedHash.mark))
  }

  async function request(
    object: ManagedKubernetesObject,
    operation: 'create' | 'delete',
    content: KubernetesObject | undefined,
  ): Promise<Carried> {
    const extension = await read()
    const about = { cluster: name, object: object.summary, doing: `write ${object.summary} through the extension` }
    if (!extension) throw new Failure({ class: 'manual', code: 'ExtensionRemoved', about })
    if (!isOurType(extension))
      throw new Failure({ class: 'manual', code: 'ExtensionOfAnother', about: { ...about, type: extension.extensionType ?? 'unknown' } })
    if (isUnderWay(extension))
      return {
        waiting: { text: `waiting until the extension of cluster ${name} has completed its current request: it accepts one at a time` },
      }
    const entry = content ? { installation, owner: object.owner, digest: digestFor(object, content) } : 'removed'
    const appliedHashes = appliedHashesOf(extension)
    const settings = withAppliedHash(
      extension.provisioningState === 'Succeeded' ? appliedHashes : withoutLast(appliedHashes),
      object.id,
      entry,
    )
    const protectedSettings = {
      connection: object.name,
      correlationid: randomUUID(),
      operation,
      resources: resourcesOf(object, content).reveal(), // for the request
    }
    const written = await arm.put(id, extensionApi, bodyOf(extension, settings, protectedSettings)).catch((error: unknown) => {
      throw unquoted(error, content?.data, [id])
    })
    if (!written.operation) return { done: true }
    const what = `${operation === 'create' ? 'write' : 'delete'} ${object.summary} through the extension`
    return { started: { url: written.operation, startedAt: now(), what, objects: [object.id], sawSecret: true } }
  }

  return {
    name: 'extension',
    async observe(objects, desired, tracked = new Set()) {
      const extension = await read()
      if (extension && isOurType(extension)) {
        const observed = objects.map((object) => observedState(object, desired.get(object.id), extension, tracked.has(object.id)))
        const wanted = objects.filter(({ id }) => desired.has(id))
        return await unlessThere(observed, wanted, peek)
      }
      return objects.map((object): ObservedState => {
        const fault: Fault = {
          code: extension ? 'ExtensionOfAnother' : 'ExtensionRemoved',
          about: { cluster: name, object: object.summary, type: extension?.extensionType ?? 'unknown' },
        }
        return { id: object.id, state: 'unknown', problem: problemOf({ ...fault, ...(object.of === undefined ? {} : { of: object.of }) }) }
      })
    },
    apply: (object, content) => request(object, 'create', content),
    remove: (object) => request(object, 'delete', undefined),
  }
}

/** Of a secret, and not a secret itself. */
const digestFor = ({ id }: ManagedKubernetesObject, content: KubernetesObject): string =>
  textOf(content)
    .map((text) => digestOf(text, id))
    .reveal()

type Data = Readonly<Record<string, string>>
const dataOf = ({ data }: KubernetesObject): Secret<Data> => data ?? secret({})

const textOf = (content: KubernetesObject): Secret<string> =>
  dataOf(content).map((data) => JSON.stringify([content.kind, sorted(content.annotations ?? {}), sorted(data)]))
const sorted = (data: Data): readonly (readonly [string, string])[] => Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1))

/** As the job names the kinds in an order. Connections with objects of other kinds are refused for this transport. */
const orderKeys: Readonly<Partial<Record<ManagedKind, string>>> = { Secret: 'secret', ServiceAccount: 'serviceAccount' }

/** Base64 of the JSON that Azure Service Connector's job reads. */
function resourcesOf({ kind, namespace, name }: ManagedKubernetesObject, content: KubernetesObject | undefined): Secret<string> {
  const orderKey = orderKeys[kind]
  if (!orderKey) throw new TypeError(`The extension carries no ${kind}`)
  const encoded = (more: object): string =>
    Buffer.from(JSON.stringify({ namespace: { name: namespace }, [orderKey]: { name, namespace, ...more } })).toString('base64')
  if (!content) return secret(encoded({}))
  if (!kubernetesKinds[kind].isSecret) return secret(encoded({ annotations: content.annotations ?? {} }))
  return dataOf(content).map((data) => {
    const base64 = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])
    return encoded({ data: Object.fromEntries(base64) })
  })
}
