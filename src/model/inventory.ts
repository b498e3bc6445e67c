// What Resource Graph lists. It is evidence (evidence.ts), never the truth.

export type Inventoried =
  /** `isTagged`: it carries one of the app's tags. `digest`: of what steps read of it; absent while an operation runs on it. */
  | { readonly what: 'resource'; readonly id: string; readonly isTagged: boolean; readonly digest?: string }
  /** A role assignment that the app made. `owner`: key of the identity's loop, as its description says. */
  | { readonly what: 'role'; readonly id: string; readonly owner: string; readonly digest: string }
