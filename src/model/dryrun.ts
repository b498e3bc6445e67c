// A stored dry run of a connection. `parameters` and `result` are bodies without a secret.
import type { Loop } from './loop.ts'

export type Dryrun = {
  readonly cluster: Loop<'cluster'>
  readonly name: string
  readonly parameters: Readonly<Record<string, unknown>>
  readonly result: Readonly<Record<string, unknown>>
  readonly at: number
}
