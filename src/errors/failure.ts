// The only error that adapters throw. It carries values, not only text, because attempt.ts decides by its class what happens next. It must not leave
// an activity: on the other side of one, an error is only text.

import type { Code } from '../model/code.ts'

/**
 * What a refusal means for the loop (docs/azure-behaviour.md#which-refusals-pass).
 * - busy: another operation holds the lock; wait and plan again.
 * - stale: the precondition failed; read again at once.
 * - throttled: wait as told, costs no attempt.
 * - transient: 5xx, reset, time-out; jittered backoff.
 * - replication: something just created is not known everywhere yet.
 * - permission: a right is missing, or has not spread yet: report.
 * - manual: policy, lock, deny assignment, quota, wrong request: a person has to act.
 */
export type FailureClass = 'busy' | 'stale' | 'throttled' | 'transient' | 'replication' | 'permission' | 'manual'

export type FailureFields = {
  readonly class: FailureClass
  readonly code: Code
  /** What was tried, in words, and the answer; never a credential, a signed URL or a whole body. */
  readonly about: Readonly<Record<string, string>>
  readonly status?: number
  readonly retryAfterMs?: number
  /** `retryAfterMs` is a reserved turn. */
  readonly isReserved?: true
}

export class Failure extends Error {
  readonly fields: FailureFields
  constructor(fields: FailureFields) {
    super(`${fields.code}: ${Object.values(fields.about).join(' · ')}`)
    this.name = 'Failure'
    this.fields = fields
  }
}

/** A refusal that does not pass by waiting: a missing right, a lock, a policy. */
export const closed = ({ fields }: Failure): boolean => fields.class === 'permission' || fields.class === 'manual'
