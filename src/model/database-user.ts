// The user that an identity is in databases: one for all of its connections, named after its loop, so that the name is known before the identity is made and fits
// every server (MySQL takes 32 characters).
import type { Loop } from './loop.ts'

export const databaseUserOf = ({ key }: Pick<Loop<'identity'>, 'key'>): string => `sc_${key}`
