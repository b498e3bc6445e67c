// The user that an identity is in databases: one for all of its connections, named after its loop, so that the name is known before the identity is made and fits
// every server (MySQL takes 32 characters).
import type { Loop } from './loop.ts'

export const databaseUserOf = ({ key }: Pick<Loop<'identity'>, 'key'>): string => `sc_${key}`

/** How Azure SQL knows an application: its client id as SQL Server writes a `uniqueidentifier`, the first three parts of which are turned around. */
export function sqlServerSid(clientId: string): string {
  const [a = '', b = '', c = '', ...rest] = clientId.split('-')
  const turned = (hex: string): string => (hex.match(/../g) ?? []).reverse().join('')
  return `0x${[a, b, c].map(turned).join('')}${rest.join('')}`.replace(/[a-f]/g, (digit) => digit.toUpperCase())
}
