// Whether what was made for a connection stays when it is removed: as it says itself, else the policy that allows it, else the installation. Without
// consent nothing stays.
import type { Connection } from '../model/connection.ts'
import type { View } from '../model/view.ts'
import { consentTo } from './consent.ts'

export function isKept(connection: Connection, view: Pick<View, 'policies' | 'installation' | 'guarded' | 'of'>): boolean {
  const consent = consentTo(connection, view)
  if (!('by' in consent)) return false
  const policy = view.policies.find(({ name }) => name === consent.by)
  return (connection.onDelete ?? policy?.allow.onDelete ?? view.installation.onDelete) === 'keep'
}
