// Bodies in the API server's own protobuf: kubectl's `create` and `auth can-i` send nothing else (since 1.33). Read only; answers are JSON, which
// every client takes. Field numbers: k8s.io/api/**/generated.proto.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
import { isRaw, type Raw } from './object.ts'

type Message = { readonly [field: number]: Field }
/** A name, and how the value is read; `list` collects. */
type Field = readonly [name: string, type: 'text' | 'flag' | 'count' | 'texts' | 'bytes map' | 'text map' | Message, list?: 'list']

const metadata: Message = {
  1: ['name', 'text'],
  2: ['generateName', 'text'],
  3: ['namespace', 'text'],
  5: ['uid', 'text'],
  6: ['resourceVersion', 'text'],
  11: ['labels', 'text map'],
  12: ['annotations', 'text map'],
  14: ['finalizers', 'texts'],
}
const attributes = ['namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name']
const messages: Readonly<Record<string, Message>> = {
  Namespace: { 1: ['metadata', metadata] },
  Secret: {
    1: ['metadata', metadata],
    2: ['data', 'bytes map'],
    3: ['type', 'text'],
    4: ['stringData', 'text map'],
    5: ['immutable', 'flag'],
  },
  ServiceAccount: {
    1: ['metadata', metadata],
    2: ['secrets', { 3: ['name', 'text'] }, 'list'],
    3: ['imagePullSecrets', { 1: ['name', 'text'] }, 'list'],
    4: ['automountServiceAccountToken', 'flag'],
  },
  TokenRequest: { 2: ['spec', { 1: ['audiences', 'texts'], 4: ['expirationSeconds', 'count'] }] },
  SelfSubjectAccessReview: {
    2: [
      'spec',
      {
        1: ['resourceAttributes', Object.fromEntries(attributes.map((name, index) => [index + 1, [name, 'text'] as const]))],
        2: ['nonResourceAttributes', { 1: ['path', 'text'], 2: ['verb', 'text'] }],
      },
    ],
  },
}

const envelope: Message = { 1: ['type', { 1: ['apiVersion', 'text'], 2: ['kind', 'text'] }], 2: ['raw', 'text'] }
const magic = Buffer.from('k8s\u0000')

/** Undefined = no object that is known here. */
export function fromProtobuf(body: Buffer): Raw | undefined {
  if (!body.subarray(0, 4).equals(magic)) return undefined
  const type = read(body.subarray(4), envelope)['type']
  const raw = [...fieldsOf(body.subarray(4))].find(([number]) => number === 2)?.[1]
  const message = isRaw(type) ? messages[String(type['kind'])] : undefined
  if (!isRaw(type) || !message || !Buffer.isBuffer(raw)) return undefined
  return { apiVersion: type['apiVersion'], kind: type['kind'], ...read(raw, message) }
}

function read(bytes: Buffer, message: Message): Raw {
  const found: Record<string, unknown> = {}
  for (const [number, value] of fieldsOf(bytes)) {
    const field = message[number]
    if (!field) continue
    const [name, type, list] = field
    const before = found[name]
    if (Buffer.isBuffer(value) && value.length === 0) continue // Go writes its zero values too
    if (type === 'flag') found[name] = value === 1n
    else if (type === 'count') found[name] = Number(value)
    else if (!Buffer.isBuffer(value)) continue
    else if (type === 'text') found[name] = value.toString()
    else if (type === 'texts') found[name] = [...(Array.isArray(before) ? before : []), value.toString()]
    else if (type === 'text map' || type === 'bytes map') {
      const { key = '', value: entry = Buffer.alloc(0) } = entryOf(value)
      found[name] = { ...(isRaw(before) ? before : {}), [key]: entry.toString(type === 'text map' ? 'utf8' : 'base64') }
    } else if (list) found[name] = [...(Array.isArray(before) ? before : []), read(value, type)]
    else found[name] = read(value, type)
  }
  return found
}

function entryOf(bytes: Buffer): { key?: string; value?: Buffer } {
  const entry = new Map(fieldsOf(bytes))
  const [key, value] = [entry.get(1), entry.get(2)]
  return { ...(Buffer.isBuffer(key) ? { key: key.toString() } : {}), ...(Buffer.isBuffer(value) ? { value } : {}) }
}

/** Wire types 0 (varint) and 2 (bytes); nothing in these messages has another. */
function* fieldsOf(bytes: Buffer): Generator<readonly [number, bigint | Buffer]> {
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; at < bytes.length; shift += 7n) {
      const byte = bytes[at++] ?? 0
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    return value
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    if ((tag & 7) === 0) yield [tag >> 3, varint()]
    else if ((tag & 7) === 2) {
      const length = Number(varint())
      yield [tag >> 3, bytes.subarray(at, at + length)]
      at += length
    } else return
  }
}
