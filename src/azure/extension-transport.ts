// The transport `extension`, the original's own way: each object is handed over in the protected settings of the cluster extension `sc-extension`,
// whose job applies it in the cluster. Works without a line of sight; nothing can be read back but the receipts (domain/receipt.ts). An order
// overwrites what is there, so a first one needs the word of the API server that nothing is, or a policy that lets things be taken over.
//
// The extension is one resource for all connections of a cluster, without ETag, and takes one write at a time: whoever finds it at work waits.
// What is documented of the order (`connection`, `correlationid`, `operation`, `resources`) comes from public samples of 2022; the part for
// ServiceAccounts is our guess. Never tried on Azure.
import { randomUUID } from 'node:crypto'
import {
  bodyOf,
  complaintOf,
  type Extension,
  extensionApi,
  extensionId,
  extensionOf,
  isOurType,
  isUnderWay,
  receiptsOf,
} from '../domain/extension.ts'
import type { Loop } from '../domain/loop.ts'
import type { Problem } from '../domain/problem.ts'
import { digestOf, receiptOf, withoutLast, withReceipt } from '../domain/receipt.ts'
import { resourceId } from '../domain/resource-id.ts'
import { type Secret, secret } from '../domain/secret.ts'
import type { Mark, Seen } from '../domain/thing.ts'
import { problemOf } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import { unquoted } from '../errors/unquoted.ts'
import type { Arm, Carried, KubernetesObject, KubernetesThing, Transport } from '../steps/ports.ts'

/** Looks at objects through the API server, where it can be reached. What it does not answer for stays unknown. */
export type Peek = (things: readonly KubernetesThing[]) => Promise<readonly Seen[]>

/** Whatever keeps it from looking: then nothing is known. */
export const peeking =
  (direct: () => Promise<Transport | Problem>): Peek =>
  async (things) => {
    try {
      const transport = await direct()
      return 'observe' in transport ? await transport.observe(things, new Map()) : []
    } catch (error) {
      if (error instanceof Failure) return []
      throw error
    }
  }

export function extensionTransport(arm: Arm, cluster: Loop<'cluster'>, installation: string, now: () => number, peek: Peek): Transport {
  const id = extensionId(cluster.id)
  const name = resourceId(cluster.id).name
  const read = async (): Promise<Extension | undefined> => {
    const body = await arm.get(id, extensionApi)
    return body && extensionOf(body)
  }

  function look(thing: KubernetesThing, object: KubernetesObject | undefined, extension: Extension, isHeld: boolean): Seen {
    const receipt = receiptOf(receiptsOf(extension), thing.id, { installation, owner: thing.owner })
    // Receipts can be written by anybody who may change the extension: one of ours counts beside the ledger only.
    const markOf = (mark: Mark): Mark => (isHeld ? mark : 'foreign')
    const different = (difference: string, mark: Mark): Seen => ({ id: thing.id, state: 'different', mark, difference, asWritten: true })
    if (receipt.last && extension.provisioningState !== 'Succeeded') {
      const failed = `the extension failed: ${complaintOf(extension) ?? 'it says no more'}`
      const why = isUnderWay(extension) ? 'the extension is still at work on it' : failed
      // Not there before its job has said so, whoever looks.
      if (receipt.is === 'there') return different(why, markOf(receipt.mark))
      if (isHeld) return different(why, 'none')
    }
    // Without a receipt, what we hold may be there or not: it is handed over, or asked back, once more.
    if (receipt.is === 'none') return isHeld ? different('the extension has no receipt of it', 'none') : { id: thing.id, state: 'absent' }
    if (receipt.is === 'taken-back') return { id: thing.id, state: 'absent' }
    if (!object || digestFor(thing, object) === receipt.digest) return { id: thing.id, state: 'same', mark: markOf(receipt.mark) }
    return different('its content', markOf(receipt.mark))
  }

  /** What would be handed over for the first time: is there something already? */
  async function unlessThere(looks: readonly Seen[], things: readonly KubernetesThing[]): Promise<readonly Seen[]> {
    const ids = new Set(looks.flatMap(({ id, state }) => (state === 'absent' ? [id] : [])))
    const fresh = things.filter((thing) => ids.has(thing.id))
    const there = new Map((fresh.length > 0 ? await peek(fresh) : []).map((seen) => [seen.id, seen.state]))
    return looks.map((seen): Seen => {
      const state = there.get(seen.id)
      if (seen.state !== 'absent' || state === 'absent' || !fresh.some(({ id }) => id === seen.id)) return seen
      const isThere = state === 'same' || state === 'different'
      const difference = isThere
        ? 'it is there already, and not by an order of this app'
        : 'whether it is there already cannot be seen: the API server cannot be asked, and an order would overwrite it'
      return { id: seen.id, state: 'different', mark: 'foreign', difference, asWritten: true }
    })
  }

  async function order(thing: KubernetesThing, operation: 'create' | 'delete', object: KubernetesObject | undefined): Promise<Carried> {
    const extension = await read()
    const about = { cluster: name, thing: thing.summary, doing: `hand over ${thing.summary}` }
    if (!extension) throw new Failure({ class: 'person', code: 'ExtensionRemoved', about })
    if (!isOurType(extension))
      throw new Failure({ class: 'person', code: 'ExtensionOfAnother', about: { ...about, type: extension.extensionType ?? 'unknown' } })
    if (isUnderWay(extension))
      return { waiting: { text: `waiting until the extension of cluster ${name} has done what it is at: it takes one order at a time` } }
    const given = object ? { installation, owner: thing.owner, digest: digestFor(thing, object) } : 'taken-back'
    const receipts = receiptsOf(extension)
    const settings = withReceipt(extension.provisioningState === 'Succeeded' ? receipts : withoutLast(receipts), thing.id, given)
    const protectedSettings = {
      connection: thing.name,
      correlationid: randomUUID(),
      operation,
      resources: resourcesOf(thing, object).reveal(), // on its way to the wire
    }
    const written = await arm.put(id, extensionApi, bodyOf(extension, settings, protectedSettings)).catch((error: unknown) => {
      throw unquoted(error, object?.data, [id])
    })
    if (!written.operation) return { done: true }
    const what = `${operation === 'create' ? 'hand over' : 'take back'} ${thing.summary} by the extension`
    return { started: { url: written.operation, startedAt: now(), what, things: [thing.id], sawSecret: true } }
  }

  return {
    name: 'extension',
    async observe(things, wanted, held = new Set()) {
      const extension = await read()
      if (extension && isOurType(extension)) {
        const looks = things.map((thing) => look(thing, wanted.get(thing.id), extension, held.has(thing.id)))
        return await unlessThere(
          looks,
          things.filter(({ id }) => wanted.has(id)),
        )
      }
      return things.map((thing): Seen => {
        const fault = {
          code: extension ? 'ExtensionOfAnother' : 'ExtensionRemoved',
          about: { cluster: name, thing: thing.summary, type: extension?.extensionType ?? 'unknown' },
        }
        return { id: thing.id, state: 'unseen', problem: problemOf({ ...fault, ...(thing.of === undefined ? {} : { of: thing.of }) }) }
      })
    },
    apply: (thing, object) => order(thing, 'create', object),
    remove: (thing) => order(thing, 'delete', undefined),
  }
}

/** Of a secret, and none itself. */
const digestFor = ({ id }: KubernetesThing, object: KubernetesObject): string =>
  textOf(object)
    .map((text) => digestOf(text, id))
    .reveal()

type Data = Readonly<Record<string, string>>
const dataOf = ({ data }: KubernetesObject): Secret<Data> => data ?? secret({})

const textOf = (object: KubernetesObject): Secret<string> =>
  dataOf(object).map((data) => JSON.stringify([object.kind, sorted(object.annotations ?? {}), sorted(data)]))
const sorted = (data: Data): readonly (readonly [string, string])[] => Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1))

/** Base64 of the JSON that the original's job reads. */
function resourcesOf({ kind, namespace, name }: KubernetesThing, object: KubernetesObject | undefined): Secret<string> {
  const encoded = (value: object): string => Buffer.from(JSON.stringify({ namespace: { name: namespace }, ...value })).toString('base64')
  if (kind === 'ServiceAccount')
    return secret(encoded({ serviceAccount: { name, namespace, ...(object ? { annotations: object.annotations ?? {} } : {}) } }))
  if (!object) return secret(encoded({ secret: { name, namespace } }))
  return dataOf(object).map((data) => {
    const base64 = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])
    return encoded({ secret: { name, namespace, data: Object.fromEntries(base64) } })
  })
}
