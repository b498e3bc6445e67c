// The kinds that the simulated API servers know. A new kind is one entry here.
//
// `defaults` is what decoding does (server-side apply counts it as the caller's for POST and PUT), `strategy` what the server adds later.
import { addonKinds } from './addon-kinds.ts'
import { dataLimit, keyMistakes } from './config-keys.ts'
import type { Kind } from './kind.ts'
import { isRaw, type KubernetesObject, type Raw, withoutEmpty } from './object.ts'
import { rbacKinds } from './rbac-kinds.ts'
import { atomic, fields, flag, listBy, objectOf, text, texts } from './schema.ts'
import { type Cause, forbiddenValue, invalidValue, required, tooLong } from './status.ts'
import { statusKinds } from './status-kinds.ts'
import { workloads } from './workloads.ts'

const base64 = (plain: string): string => Buffer.from(plain).toString('base64')
const asIs = (object: Raw): Raw => object
const valuesOf = (object: Raw): Record<string, string> => (isRaw(object['data']) ? (object['data'] as Record<string, string>) : {})
/** The position at which Go's decoder gives up, or undefined for good base64. */
export function badBase64At(value: string): number | undefined {
  const bad = value.replace(/[\r\n]/g, '').search(/[^A-Za-z0-9+/=]/)
  if (bad >= 0) return bad
  return value.length % 4 === 0 ? undefined : value.length - (value.length % 4)
}

/** https://kubernetes.io/docs/concepts/configuration/secret/#secret-types */
const demanded: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
}

function secretMistakes(object: KubernetesObject, before: KubernetesObject | undefined): Cause[] {
  const found: Cause[] = []
  const type = String(object['type'])
  if (before && before['type'] !== type) found.push(invalidValue('type', type, 'field is immutable'))
  if (before?.['immutable'] === true) {
    if (object['immutable'] !== true) found.push(forbiddenValue('immutable', 'field is immutable when `immutable` is set'))
    if (JSON.stringify(Object.entries(valuesOf(before)).sort()) !== JSON.stringify(Object.entries(valuesOf(object)).sort()))
      found.push(forbiddenValue('data', 'field is immutable when `immutable` is set'))
  }
  let size = 0
  for (const [key, value] of Object.entries(valuesOf(object)).sort(([a], [b]) => (a < b ? -1 : 1))) {
    found.push(...keyMistakes(key))
    size += Buffer.from(value, 'base64').length
  }
  if (size > dataLimit) found.push(tooLong('data', dataLimit))
  for (const key of demanded[type] ?? []) if (!(key in valuesOf(object))) found.push(required(`data[${key}]`))
  return found
}

const secrets: Kind = {
  kind: 'Secret',
  resource: 'secrets',
  bytes: true,
  namespaced: true,
  names: 'subdomain',
  schema: objectOf({ data: texts, stringData: texts, type: text, immutable: flag }),
  selectable: ['type'],
  // stringData only goes in: nothing remembers later which keys of data came from it (https://github.com/kubernetes/kubernetes/issues/108008)
  defaults: ({ stringData, ...object }) =>
    withoutEmpty({
      ...object,
      data: {
        ...valuesOf(object),
        ...Object.fromEntries(Object.entries(isRaw(stringData) ? stringData : {}).map(([key, plain]) => [key, base64(String(plain))])),
      },
      type: object['type'] || 'Opaque',
    }),
  strategy: asIs,
  mistakes: secretMistakes,
}

const reference = { apiVersion: text, kind: text, name: text, namespace: text, uid: text, resourceVersion: text, fieldPath: text }

const serviceAccounts: Kind = {
  kind: 'ServiceAccount',
  resource: 'serviceaccounts',
  namespaced: true,
  shortNames: ['sa'],
  names: 'subdomain',
  subresources: ['token'],
  answersDeleted: true,
  schema: objectOf({ secrets: listBy('name', reference), imagePullSecrets: atomic, automountServiceAccountToken: flag }),
  defaults: (object) => withoutEmpty(object),
  strategy: asIs,
  mistakes: () => [],
}

const namespaces: Kind = {
  kind: 'Namespace',
  resource: 'namespaces',
  namespaced: false,
  shortNames: ['ns'],
  names: 'label',
  schema: objectOf({ spec: fields({ finalizers: atomic }) }),
  // Since 1.21 every namespace carries its name as a label.
  defaults: (object) => {
    const metadata = object['metadata'] as Raw
    const labels = isRaw(metadata['labels']) ? metadata['labels'] : {}
    return { ...object, metadata: { ...metadata, labels: { ...labels, 'kubernetes.io/metadata.name': metadata['name'] } } }
  },
  strategy: (object) => ({ ...object, spec: { finalizers: ['kubernetes'] }, status: object['status'] ?? { phase: 'Active' } }),
  mistakes: () => [],
}

/** What is used up is counted when it is asked for (admission.ts); the status that a controller writes later is left out. */
const resourceQuotas: Kind = {
  kind: 'ResourceQuota',
  resource: 'resourcequotas',
  namespaced: true,
  shortNames: ['quota'],
  names: 'subdomain',
  schema: objectOf({ spec: fields({ hard: texts }) }),
  defaults: (object) => withoutEmpty(object),
  strategy: asIs,
  mistakes: () => [],
}

export const kinds: readonly Kind[] = [
  namespaces,
  secrets,
  serviceAccounts,
  resourceQuotas,
  ...statusKinds,
  ...workloads,
  ...rbacKinds,
  ...addonKinds,
]
