// What the simulated API servers know of a kind (kinds.ts).
import type { KubernetesObject, Raw } from './object.ts'
import type { Schema } from './schema.ts'
import type { Cause } from './status.ts'

export type Kind = {
  readonly kind: string
  readonly resource: string
  /** Absent: the core group. */
  readonly group?: string
  /** Absent: v1. A kind has one version here; kinds of a group can have different ones. */
  readonly version?: string
  /** A custom resource: the add-on of AKS that brings it, or its own group where people install it. Absent: built in. */
  readonly addon?: string
  /** `data` holds bytes, in base64. */
  readonly bytes?: true
  readonly namespaced: boolean
  readonly shortNames?: readonly string[]
  /** `path`: anything that can stand in a URL. */
  readonly names: 'subdomain' | 'label' | 'path'
  readonly subresources?: readonly string[]
  /** DELETE answers the object instead of a Status (ServiceAccount does). */
  readonly answersDeleted?: true
  readonly schema: Schema
  /** Fields beside metadata.name and metadata.namespace that a fieldSelector may name. */
  readonly selectable?: readonly string[]
  defaults(object: Raw): Raw
  strategy(object: Raw): Raw
  mistakes(object: KubernetesObject, before: KubernetesObject | undefined): Cause[]
}

export const versionOf = ({ group, version = 'v1' }: Pick<Kind, 'group' | 'version'>): string =>
  group === undefined ? version : `${group}/${version}`
