// Which facts of a loop other loops may know.
import type { Facts } from './facts.ts'
import type { LoopKind } from './loop.ts'

/**
 * The cluster facts that other loops use: they see no others, and only a change of these wakes them. A hundred clusters may share one target, and
 * facts that only their identities need must not wake it a hundred times. All facts of targets and identities are meant for connections.
 */
const clusterFactsFor = {
  cluster: [],
  target: ['location', 'egressIps', 'leavingIps', 'outbound', 'subnets', 'endpoints'],
  identity: [
    'uid',
    'gone',
    'missingSince',
    'location',
    'running',
    'fqdn',
    'apiServer',
    'apiServerInVnet',
    'commands',
    'issuer',
    'systemIdentities',
    'addons',
    'criticalOnly',
    'extension',
    'fluxIn',
  ],
  connection: [
    ...['uid', 'gone', 'missingSince', 'location', 'running', 'fqdn', 'apiServer', 'commands', 'issuer'],
    ...[
      'workloadIdentity',
      'addons',
      'egressIps',
      'subnets',
      'endpoints',
      'criticalOnly',
      'extension',
      'fluxIn',
      'appConfiguration',
      'troubles',
    ],
  ] as (keyof Facts['cluster'])[],
} as const satisfies { readonly [K in LoopKind]: readonly (keyof Facts['cluster'])[] }

/** The facts of a loop that a loop of another kind may see. */
export function factsFor(reader: LoopKind, of: LoopKind, facts: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (of !== 'cluster') return facts
  const names = new Set<string>(clusterFactsFor[reader])
  return Object.fromEntries(Object.entries(facts).filter(([name]) => names.has(name)))
}

/** Facts that only their own loop uses: a change of them wakes no other loop. */
export const privateFacts: { readonly [K in LoopKind]: readonly (keyof Facts[K])[] } = {
  cluster: ['state', 'busy', 'tags', 'declared', 'invalidTags', 'vanished', 'outbound', 'missingSince', 'provider', 'flux', 'kubelet'],
  target: ['missingSince', 'firewallIps', 'bypass', 'rotation'],
  identity: ['shutOut', 'letIn'],
  connection: [
    'consent',
    'refusedSince',
    'by',
    'nameTaken',
    'transport',
    'place',
    'secretName',
    'bindingSecret',
    'daprComponent',
    'daprSecret',
    'secretProviderClass',
    'configMap',
    'serviceAccount',
    'formerAccount',
    'proven',
    'proving',
    'storedSecret',
    'published',
  ],
}
