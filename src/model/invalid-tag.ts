import type { Loop } from './loop.ts'

/** A tag, or a key of a ConfigMap, that could not be parsed. `namespace`: the one that it names, if that can be read. `connection`: the one that it would declare. */
export type InvalidTag = {
  readonly tag: string
  readonly name: string
  readonly namespace?: string
  readonly message: string
  readonly hint: string
  readonly connection: Loop<'connection'>
  /** Absent: a tag. */
  readonly origin?: 'configmap'
}
