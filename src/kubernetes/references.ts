// What a spec refers to: Secrets, SecretProviderClasses, ServiceAccounts. Pure. Kubernetes has dozens of fields that name a Secret (env, envFrom,
// volumes, projected volumes, CSI, imagePullSecrets, the older volume types), and they are all named alike: so the shape decides, not a list of paths,
// and a field that Kubernetes adds later is found as well.
// https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
import { isObject } from '../errors/answer.ts'
import type { SweptKind } from '../model/leftover.ts'

/** `namespace`: where the reference itself says one. */
export type Reference = { readonly kind: SweptKind; readonly name: string; readonly namespace?: string }

const accountFields = new Set(['serviceAccountName', 'serviceAccount'])

/** `field`: the name of the field that has the value; an item of a list has that of the list. */
export function* referencesIn(value: unknown, field = ''): Iterable<Reference> {
  if (Array.isArray(value)) {
    for (const item of value) yield* referencesIn(item, field)
    return
  }
  if (!isObject(value)) return
  for (const [key, child] of Object.entries(value)) {
    if (typeof child !== 'string') {
      yield* referencesIn(child, key)
      continue
    }
    const kind = kindOf(key, field, value['kind'])
    if (kind === undefined || child === '') continue
    const namespace = key === 'secretName' ? value['secretNamespace'] : value['namespace']
    yield { kind, name: child, ...(typeof namespace === 'string' && namespace !== '' ? { namespace } : {}) }
  }
}

function kindOf(key: string, field: string, sibling: unknown): SweptKind | undefined {
  if (key === 'secretName') return 'Secret'
  if (key === 'secretProviderClass') return 'SecretProviderClass'
  if (accountFields.has(key)) return 'ServiceAccount'
  if (key !== 'name') return undefined
  if (sibling === 'Secret' || sibling === 'ServiceAccount' || sibling === 'SecretProviderClass') return sibling
  if (/configmap/i.test(field)) return 'ConfigMap'
  return /secret/i.test(field) ? 'Secret' : undefined
}

/** Every text of a value: of a custom resource no more is known than that it reads Secrets. */
export function* textsIn(value: unknown): Iterable<string> {
  if (typeof value === 'string') yield value
  else if (typeof value === 'object' && value !== null) for (const child of Object.values(value)) yield* textsIn(child)
}
