// When a refusal proves that a resource does not exist. 404 has many reasons: an invisible subscription proves nothing.
import { Failure } from '../errors/failure.ts'

const codes = /^(ResourceNotFound|ResourceGroupNotFound|ParentResourceNotFound|RoleAssignmentNotFound)$/

export const isAbsent = (error: unknown): boolean =>
  error instanceof Failure && error.fields.status === 404 && codes.test(error.fields.about.answer ?? '')
