// What Resource Graph lists. It is evidence (evidence.ts), never the truth.
import type { ResourcePlace } from './connect-rule.ts'

export type Inventoried =
  /**
   * `isTagged`: it carries one of the app's tags. `digest`: of what steps read of it; absent while an operation runs on it. `place`: what rules of
   * policies match it by.
   */
  | { readonly what: 'resource'; readonly id: string; readonly isTagged: boolean; readonly digest?: string; readonly place?: ResourcePlace }
  /** A role assignment that the app made. `owner`: key of the identity's loop, as its description says. */
  | { readonly what: 'role'; readonly id: string; readonly owner: string; readonly digest: string }

/** Resources that are listed besides clusters and known ones: all of these ARM types, and those with a tag of this name. */
export type Sought = { readonly types?: readonly string[]; readonly tag?: string }
