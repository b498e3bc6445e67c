// A declaration that is not understood, as a fault of the connection that it would declare.
import type { InvalidTag } from '../model/invalid-tag.ts'
import type { Fault } from '../model/problem.ts'

export const faultOfInvalid = ({ tag, message, hint, origin }: Omit<InvalidTag, 'connection' | 'name'>): Fault => ({
  code: origin === 'configmap' ? 'InvalidDeclaration' : 'InvalidTag',
  about: { tag, message, hint },
})
