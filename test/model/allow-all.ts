import type { Policy } from '../../src/model/policy.ts'

/** All that a policy can allow, on every cluster, but for egress addresses and the adoption of what others made. */
export const allowAll: Policy['allow'] = {
  clusters: ['*/*/*'],
  targets: ['*/*/*'],
  namespaces: ['*'],
  auth: ['*'],
  roles: ['*'],
  identities: ['*/*/*', 'servicePrincipals/*/*', 'addons/*/*'],
  transports: ['direct', 'extension', 'run-command', 'flux'],
  changeClusters: true,
}

/** For stores that are tested without policies. */
export const anyone = (): boolean => true
