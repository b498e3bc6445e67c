// When a refusal proves that a resource is not there. 404 has many reasons: a subscription that we cannot see proves nothing.
import { Failure } from '../errors/failure.ts'

const codes = /^(ResourceNotFound|ResourceGroupNotFound|ParentResourceNotFound|RoleAssignmentNotFound)$/

export const isAbsent = (error: unknown): boolean =>
  error instanceof Failure && error.fields.status === 404 && codes.test(error.fields.about.answer ?? '')
