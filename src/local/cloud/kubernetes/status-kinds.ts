// ConfigMap and the core Event, as far as published statuses need them. Here Events are not removed after an hour.
import { dataLimit, keyMistakes } from './config-keys.ts'
import type { Kind } from './kind.ts'
import { isRaw, type KubernetesObject, type Raw, withoutEmpty } from './object.ts'
import { atomic, count, flag, objectOf, text, texts } from './schema.ts'
import { type Cause, forbiddenValue, invalidValue, tooLong } from './status.ts'

const asIs = (object: Raw): Raw => object
const dataOf = (object: KubernetesObject): Record<string, string> =>
  isRaw(object['data']) ? (object['data'] as Record<string, string>) : {}

function configMistakes(object: KubernetesObject, before: KubernetesObject | undefined): Cause[] {
  const found: Cause[] = []
  if (before?.['immutable'] === true && JSON.stringify(dataOf(before)) !== JSON.stringify(dataOf(object)))
    found.push(forbiddenValue('data', 'field is immutable when `immutable` is set'))
  let size = 0
  for (const [key, value] of Object.entries(dataOf(object)).sort(([a], [b]) => (a < b ? -1 : 1))) {
    found.push(...keyMistakes(key))
    size += Buffer.byteLength(value)
  }
  return size > dataLimit ? [...found, tooLong('', dataLimit)] : found
}

const configMaps: Kind = {
  kind: 'ConfigMap',
  resource: 'configmaps',
  namespaced: true,
  shortNames: ['cm'],
  names: 'subdomain',
  schema: objectOf({ data: texts, binaryData: texts, immutable: flag }),
  defaults: (object) => withoutEmpty(object),
  strategy: asIs,
  mistakes: configMistakes,
}

const events: Kind = {
  kind: 'Event',
  resource: 'events',
  namespaced: true,
  shortNames: ['ev'],
  names: 'subdomain',
  schema: objectOf({
    involvedObject: atomic,
    related: atomic,
    source: atomic,
    reason: text,
    message: text,
    type: text,
    action: text,
    count,
    firstTimestamp: text,
    lastTimestamp: text,
    eventTime: text,
    reportingComponent: text,
    reportingInstance: text,
  }),
  defaults: (object) => withoutEmpty(object),
  strategy: asIs,
  mistakes(object: KubernetesObject): Cause[] {
    const { namespace } = (object['involvedObject'] ?? {}) as { readonly namespace?: string }
    return namespace === object.metadata.namespace
      ? []
      : [invalidValue('involvedObject.namespace', namespace ?? '', 'does not match event.namespace')]
  },
}

export const statusKinds: readonly Kind[] = [configMaps, events]
