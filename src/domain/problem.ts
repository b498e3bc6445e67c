// What is wrong. Domain answers faults; errors/ makes a problem (code, cause, cure, link) of each.
import type { Key } from './loop.ts'

/** `about`: the words the catalogue's text needs. `of`: the one member concerned; absent = everybody in the loop. */
export type Fault = { readonly code: string; readonly about: Readonly<Record<string, string>>; readonly of?: Key }

/** An error that a person can act on. */
export type Problem = {
  readonly code: string
  /** One sentence: what is wrong, with names. */
  readonly text: string
  readonly cause: string
  /** What to do, as plain text; commands stand in `commands`. */
  readonly cure: string
  readonly link: string
  /** Ways to do it by hand: Azure CLI, Bicep, Terraform. */
  readonly commands?: Readonly<Partial<Record<'cli' | 'bicep' | 'terraform', string>>>
  readonly of?: Key
}
