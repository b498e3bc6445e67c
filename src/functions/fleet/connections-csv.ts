// Connections as CSV for auditors: who reaches what, by which identity and role, over which network, with a key or without. No value of a Secret is in it.
// https://www.rfc-editor.org/rfc/rfc4180
import { authTypeOf } from '../../auth/catalogue.ts'
import { endpointOf } from '../../model/endpoint-target.ts'
import type { TargetFacts } from '../../model/facts.ts'
import { grantName } from '../../model/grant.ts'
import { grantedOn } from '../../model/grant-fact.ts'
import { parseResourceId } from '../../model/resource-id.ts'
import { targetOf } from '../../targets/catalogue.ts'
import type { Known } from '../linkers/known.ts'

type Row = { readonly known: Known; readonly state: string }

const columns: Readonly<Record<string, (row: Row) => string | undefined>> = {
  connection: ({ known }) => known.self.name,
  state: ({ state }) => state,
  cluster: ({ known }) => known.self.cluster.id,
  subscription: ({ known }) => parseResourceId(known.self.cluster.id)?.subscription,
  namespace: ({ known }) => known.self.namespace,
  serviceAccount: ({ known }) => known.facts.serviceAccount,
  target: ({ known }) => known.self.targetId,
  type: ({ known }) => known.self.type,
  auth: ({ known }) => known.self.auth,
  identity: ({ known }) => known.self.identity?.id,
  clientId: ({ known }) => known.identity.clientId ?? known.self.servicePrincipal?.clientId,
  roles: ({ known }) => rolesOf(known),
  network: ({ known }) => networkOf(known),
  key: ({ known }) => (authTypeOf(known.self).secret === 'none' ? 'no' : 'yes'),
  transport: ({ known }) => known.self.transport,
  origin: ({ known }) => known.self.origin,
  policy: ({ known }) => known.facts.by,
  createdBy: ({ known }) => known.systemData.createdBy,
  createdAt: ({ known }) => known.systemData.createdAt,
  changedBy: ({ known }) => known.systemData.lastModifiedBy,
  changedAt: ({ known }) => known.systemData.lastModifiedAt,
}

export function csvOf(rows: readonly Row[]): string {
  const lines = [Object.keys(columns), ...rows.map((row) => Object.values(columns).map((of) => of(row) ?? ''))]
  return lines.map((cells) => `${cells.map(cellOf).join(',')}\r\n`).join('')
}

/** A spreadsheet takes a cell with such a beginning for a formula: https://owasp.org/www-community/attacks/CSV_Injection */
const cellOf = (text: string): string => {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}

const rolesOf = ({ self }: Known): string =>
  self.roles.map((role) => `${grantName(targetOf(self.type)?.grants, role) ?? role} on ${grantedOn(role, self)}`).join('; ')

const networks: Readonly<Record<TargetFacts['network'], string>> = {
  open: 'public, open to all networks',
  rules: 'public, addresses of the cluster',
  closed: 'closed to public addresses',
}

function networkOf({ self, target }: Known): string {
  if (endpointOf(self.target)) return 'outside of Azure'
  if (target.perimeter) return 'network security perimeter'
  const network = target.network ? networks[target.network] : 'unknown'
  return self.firewall === 'keep' ? `${network}; firewall left alone` : network
}
