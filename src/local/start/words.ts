// What `npm start` says to a person.

import type { Fleet } from '../fleets/fleet.ts'
import { appHostname } from '../local.ts'
import type { TryLine } from './try-lines.ts'

export type Place = {
  readonly app: string
  readonly tools: string
  readonly proxy: string
  readonly folder: string
  readonly caFile: string
  readonly kept: boolean
}

export const startedWords = (place: Place, fleet: Fleet, lines: readonly TryLine[]): string => `
AKS Service Connector is running, with a simulated Azure around it.
${place.kept ? `It goes on where it was left: ${place.folder} (npm start -- --fresh starts from nothing).` : `Its state is kept in ${place.folder}.`} Ctrl-C stops it.

  Connector   ${place.app}    /connections  /policies  /openapi.json  /healthz, and linkers on ARM's own paths
  SDKs        https://${appHostname}/azure/arm    the same, as their endpoint; through the proxy, with the scope ${fleet.app.audience}/.default
  Azure       ${place.proxy}    an HTTPS proxy: management.azure.com, login.microsoftonline.com, storage accounts, API servers
  CA          ${place.caFile}    signs all of these names
  Tools       ${place.tools}    tokens, kubeconfigs, the sample workload

  People      ${fleet.people.map(personWords).join('\n              ')}
  Clusters    ${fleet.clusters.map(({ name, region, namespaces }) => `${name} (${region}): namespaces ${namespaces.join(', ')}`).join('\n              ')}
  Storage     ${fleet.storageAccounts.map(({ name, region, network }) => `${name} (${region}, ${networks[network]})`).join('\n              ')}

A token:      curl -s '${place.tools}/token?person=${fleet.people[0]?.name ?? ''}'

Try it: paste these lines into another terminal, one after the other.
${lines.map(lineWords).join('')}
More, also for az and your own tools: docs/local.md
`

const personWords = ({ name, appRoles, roles }: Fleet['people'][number]): string =>
  `${name}: ${appRoles.join(', ') || 'no role in the connector'}${roles.length > 0 ? `; in Azure ${roles.map(({ role }) => role).join(', ')}` : ''}`

const networks = { open: 'open', rules: 'firewall', closed: 'no public access', perimeter: 'perimeter' } as const

/** Lines to paste are indented by two, and nothing else below the heading is but comments. */
const lineWords = ({ about, line }: TryLine): string => `${about === '' ? '' : `\n  # ${about}\n`}  ${line}\n`
