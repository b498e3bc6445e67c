// One object that a connection writes for others beside its Secret.
import type { Connection } from '../../../model/connection.ts'
import type { ManagedKind } from '../../../model/kubernetes-kind.ts'
import type { Secret } from '../../../model/secret.ts'
import type { KubernetesObject } from '../../../ports/kubernetes.ts'
import type { Credentials, Known } from '../../../targets/secret-values.ts'

export type Part = {
  readonly kind: ManagedKind
  readonly name: string
  /** Of a Secret. Absent: `Opaque`. */
  readonly type?: string
  /** Values of a Secret. */
  readonly data?: (known: Known, credentials: Credentials) => Readonly<Record<string, string | Secret<string>>>
  readonly fields?: (known: Known) => NonNullable<KubernetesObject['fields']>
}

/** What a connection writes on request. */
export type Shape = (self: Connection) => readonly Part[]
