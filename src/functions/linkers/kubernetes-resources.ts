// The Kubernetes objects of a connection and whether they are there, as the loops last observed them. Nothing is read for it: `diagnosis` looks into the
// cluster now.
import { authTypeOf } from '../../auth/catalogue.ts'
import { type KindName, kubernetesKinds } from '../../model/kubernetes-kind.ts'
import type { ManagedObject, Ownership } from '../../model/managed-object.ts'
import { secretName, secretProviderClassName, serviceAccountName, statusPublisher } from '../../model/names.ts'
import type { StepName } from '../../model/step-name.ts'
import type { Known } from './known.ts'

/** `unknown`: it was begun, or it could not be observed the last time. */
type Presence = 'present' | 'absent' | 'unknown'
export type KubernetesResource = {
  readonly apiVersion: string
  readonly kind: KindName
  readonly namespace: string
  readonly name: string
  readonly presence: Presence
  /** As of the last observation. */
  readonly observedAt?: string
}

export function kubernetesResourcesOf({ self, facts, identity, state }: Known): readonly KubernetesResource[] {
  const rows = state.loops.flatMap(({ steps }) => steps)
  const of = (kind: KindName, name: string, step: StepName, presence: Presence, namespace = self.namespace): KubernetesResource => {
    const row = rows.find((one) => one.step === step)
    return {
      apiVersion: kubernetesKinds[kind].apiVersion,
      kind,
      namespace,
      name,
      presence: row?.outcome.kind === 'unknown' ? 'unknown' : presence,
      ...(row ? { observedAt: new Date(row.ranAt).toISOString() } : {}),
    }
  }
  const account = facts.serviceAccount ?? (authTypeOf(self).serviceAccount && identity.clientId && serviceAccountName(identity.clientId))
  const isThere = identity.serviceAccounts?.includes(`${self.cluster.key}/${self.namespace}`) ?? false
  const tracked = state.tracked.flatMap(({ object, ownership }) =>
    isKubernetes(object) ? [of(object.kind, object.name, stepOf(object.kind), presenceOf(ownership), object.namespace)] : [],
  )
  const isTracked = (kind: KindName): boolean => tracked.some((one) => one.kind === kind)
  const { vaultObjects, name } = self
  return [
    ...tracked,
    ...(isTracked('Secret') ? [] : [of('Secret', facts.secretName ?? secretName(name), 'write-resources', 'absent')]),
    ...(!vaultObjects || isTracked('SecretProviderClass')
      ? []
      : [of('SecretProviderClass', secretProviderClassName(name), 'write-shapes', 'absent')]),
    ...(account ? [of('ServiceAccount', account, 'write-service-accounts', isThere ? 'present' : 'absent')] : []),
    ...(facts.published ? [of('ConfigMap', statusPublisher.name, 'publish-status', 'present')] : []),
  ]
}

const stepOf = (kind: KindName): StepName => (kind === 'Secret' ? 'write-resources' : 'write-shapes')
const presenceOf = (ownership: Ownership): Presence => (ownership === 'ours' || ownership === 'adopted' ? 'present' : 'unknown')

type KubernetesLike = ManagedObject & { readonly kind: KindName; readonly name: string; readonly namespace: string }
const isKubernetes = (object: ManagedObject): object is KubernetesLike =>
  Object.hasOwn(kubernetesKinds, object.kind) && 'name' in object && 'namespace' in object
