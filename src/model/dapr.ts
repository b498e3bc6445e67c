// The Dapr component that a connection writes for its pods, as its author asks for it. https://docs.dapr.io/operations/components/component-schema/

/** `metadata`: what only the author can say, such as the name of a container. Never a secret. `scopes`: ids of apps; empty = all of the namespace. */
export type DaprProperties = {
  readonly componentType: string
  readonly version: string
  readonly metadata: readonly { readonly name: string; readonly value: string }[]
  readonly scopes: readonly string[]
}

/** As it is asked for: the first type and version of the target where they are left out. */
export type DaprInput = {
  readonly componentType?: string | undefined
  readonly version?: string | undefined
  readonly metadata?: readonly { readonly name: string; readonly value: string }[] | undefined
  readonly scopes?: readonly string[] | undefined
}

/** A type of component that is on a target type. `written`: names that the app writes itself, for any auth type. */
export type DaprType = {
  readonly componentType: string
  readonly version: string
  /** What Dapr documents as required and only the author knows. */
  readonly required: readonly string[]
  readonly written: readonly string[]
}
