// What is wrong. The rules produce faults; errors/ turns each into a problem (code, cause, remediation, link).
import type { Code } from './code.ts'
import type { Key } from './loop.ts'

/**
 * Whom it concerns in a loop that several connections share. `of`: one member. `users`: these members; if empty, only members that are leaving.
 * Neither: every member.
 */
export type Concern = { readonly of?: Key; readonly users?: readonly Key[] }

/** `leaving`: the connection is being removed. */
export const concerns = ({ of, users }: Concern, key: Key, leaving = false): boolean =>
  of !== undefined ? of === key : users === undefined || (users.length === 0 ? leaving : users.includes(key))

/** `about`: the words that the catalogue's text needs. */
export type Fault = Concern & { readonly code: Code; readonly about: Readonly<Record<string, string>> }

/** An error that a person can act on. */
export type Problem = Concern & {
  readonly code: Code
  /** One sentence: what is wrong, with names. */
  readonly text: string
  readonly cause: string
  /** What to do, as plain text; commands are in `commands`. */
  readonly remediation: string
  readonly link: string
  /** Ways to do it by hand: Azure CLI, Bicep, Terraform. */
  readonly commands?: Readonly<Partial<Record<'cli' | 'bicep' | 'terraform', string>>>
  /** Reported, but the connection works. */
  readonly warning?: true
}

export const isWarning = ({ warning }: Pick<Problem, 'warning'>): boolean => warning === true
