// The list of auth types. Nothing outside of this folder compares with a name of one: it asks what the type needs.
import type { Auth } from '../model/auth.ts'
import type { ConnectionSpec } from '../model/connection.ts'
import type { FeatureName } from '../model/feature.ts'
import { kubernetesKinds } from '../model/kubernetes-kind.ts'
import type { TargetType } from '../model/target-type.ts'
import type { AuthType, Provided } from './auth-type.ts'
import { csiAuth } from './csi.ts'
import { secretAuth } from './secret.ts'
import { servicePrincipalAuth } from './service-principal.ts'
import { workloadIdentityAuth } from './workload-identity.ts'

const all: { readonly [Name in Auth]: AuthType<Name> } = {
  'workload-identity': workloadIdentityAuth,
  secret: secretAuth,
  'service-principal': servicePrincipalAuth,
  csi: csiAuth,
}

export const authTypes: readonly AuthType[] = Object.values(all)

export const authTypeNamed = (name: Auth): AuthType => all[name]
type Of = { readonly auth: Auth; readonly type: Pick<TargetType, 'gives'> | undefined }

/** Whether a credential of the target is read from Azure. */
export const isFetched = ({ auth, type }: Of): boolean => all[auth].secret === 'fetched' && type?.gives !== 'nothing'

/** `undefined`: its author provides no secret. */
export function providedFor({ auth, type }: Of): Provided | undefined {
  const { secret, instead } = all[auth]
  if (typeof secret === 'object') return secret
  return secret === 'fetched' && type?.gives === 'nothing' ? instead : undefined
}
export const authTypeOf = ({ auth }: { readonly auth: Auth }): AuthType => all[auth]

/** What the cluster must have for a connection: what its auth type needs, and what brings the objects that its pods mount. */
export const featuresOf = ({ auth, vaultObjects }: Pick<ConnectionSpec, 'auth' | 'vaultObjects'>): readonly FeatureName[] => {
  const needed = all[auth].features
  const mounting = kubernetesKinds.SecretProviderClass.of
  return vaultObjects && !needed.includes(mounting) ? [...needed, mounting] : needed
}
