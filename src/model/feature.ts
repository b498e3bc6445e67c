// Settings of a cluster that connections can need, and how its facts tell that one is on.

import type { ClusterFacts } from './facts.ts'

export const features = ['oidc-issuer', 'workload-identity', 'key-vault-secrets-provider'] as const
export type FeatureName = (typeof features)[number]

/** Of the facts of a cluster. */
type Facts = {
  readonly issuer?: string | undefined
  readonly workloadIdentity?: boolean | undefined
  readonly addons?: ClusterFacts['addons'] | undefined
}
const isOn: Readonly<Record<FeatureName, (facts: Facts) => boolean>> = {
  'oidc-issuer': ({ issuer }) => Boolean(issuer),
  'workload-identity': ({ workloadIdentity }) => workloadIdentity === true,
  'key-vault-secrets-provider': ({ addons }) => addons?.azureKeyvaultSecretsProvider !== undefined,
}

export const lackingIn = (facts: Facts, needed: readonly FeatureName[]): readonly FeatureName[] =>
  needed.filter((name) => !isOn[name](facts))
