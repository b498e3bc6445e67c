// Errors whose meaning is certain, wherever they are met. All others need a look at the answer.
import { UnexpectedShape } from '../model/answer-shape.ts'
import { notUnderstood } from './answer.ts'
import { Failure } from './failure.ts'
import { isOwnMistake, ownMistake } from './own-mistake.ts'

/** A `Failure` is itself, an answer of another shape is not understood, a mistake of this code is reported as one. */
export function certainFailure(error: unknown, doing: string): Failure | undefined {
  if (error instanceof Failure) return error
  if (error instanceof UnexpectedShape) return notUnderstood(doing, error.wrong)
  return isOwnMistake(error) ? ownMistake(error, doing) : undefined
}
