// When a refusal proves that a resource does not exist. 404 has many reasons: an invisible subscription proves nothing.
import { Failure } from '../errors/failure.ts'

const codes = /^(ResourceNotFound|ResourceGroupNotFound|ParentResourceNotFound|RoleAssignmentNotFound)$/

/** Service Bus and Event Hubs say so themselves, as azure-service-operator's tests have recorded. A namespace that is not active yet is there. */
const ownWords = /^Namespace does not exist\b/

export function isAbsent(error: unknown): boolean {
  if (!(error instanceof Failure) || error.fields.status !== 404) return false
  const { answer = '', message = '' } = error.fields.about
  return codes.test(answer) || (answer === 'NotFound' && ownWords.test(message))
}
