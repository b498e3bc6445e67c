// Settings of a cluster that connections can need, and how its facts tell that one is on.

export const features = ['oidc-issuer', 'workload-identity'] as const
export type FeatureName = (typeof features)[number]

/** Of the facts of a cluster. */
type Facts = { readonly issuer?: string | undefined; readonly workloadIdentity?: boolean | undefined }
const isOn: Readonly<Record<FeatureName, (facts: Facts) => boolean>> = {
  'oidc-issuer': ({ issuer }) => Boolean(issuer),
  'workload-identity': ({ workloadIdentity }) => workloadIdentity === true,
}

export const lackingIn = (facts: Facts, needed: readonly FeatureName[]): readonly FeatureName[] =>
  needed.filter((name) => !isOn[name](facts))
