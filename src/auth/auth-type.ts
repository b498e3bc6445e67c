// The contract of an auth type: what the pods of its connections sign in with, and what that needs of the cluster, of Entra ID and of the target.
import type { AddonName } from '../model/addon-identity.ts'
import type { Auth } from '../model/auth.ts'
import type { FeatureName } from '../model/feature.ts'
import type { IdentityKind } from '../model/identity-kind.ts'
import type { KubernetesSpec } from '../model/kubernetes-kind.ts'
import type { Holder } from '../model/provided-secret.ts'
import type { Wire } from './wire.ts'

/** A secret that the author provides (model/provided-secret.ts). */
export type Provided = {
  /** `client secret`. */
  readonly what: string
  /** Where the wire has it: `authInfo.secret`. */
  readonly field: string
  readonly hint: string
  readonly holder: Holder
}

/** What an extension reads for a connection: the names of its ServiceAccount and Secret. */
type Content = { readonly endpoint: string; readonly serviceAccount: string; readonly secret: string }

export type AuthType<Name extends Auth = Auth> = {
  readonly name: Name
  /** `managed`: a managed identity, made or named. `principal`: a service principal that the author names. `addon`: that of the cluster's `addon`. */
  readonly identity: IdentityKind | 'none'
  readonly addon?: AddonName
  /** `fetched`: a credential of the target, read from Azure. Otherwise one that the author provides, which is kept in the Key Vault. */
  readonly secret: 'none' | 'fetched' | Provided
  /** Of targets that give out no credential: what their authors provide instead of it. */
  readonly instead?: Provided
  /** What the cluster must have for it. */
  readonly features: readonly FeatureName[]
  /** Its pods use a ServiceAccount that the app writes. */
  readonly serviceAccount: boolean
  /** Absent: objects of a key vault cannot be mounted with it. Otherwise how the CSI driver signs in: parameters of a SecretProviderClass. `isBound`: by an identity binding. */
  readonly mounts?: (clientId: string, isBound: boolean) => Readonly<Record<string, string>>
  /** Absent: an extension of the cluster cannot bring content with it. Otherwise where it is, and how the extension signs in: of a custom resource. */
  readonly brings?: (of: Content) => KubernetesSpec
  /** How a linker's `authInfo` says it. */
  readonly wire: Wire
}
