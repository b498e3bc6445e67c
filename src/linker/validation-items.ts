// What `validateLinker` answers about: the items of Azure Service Connector under the names that its answers for AKS have, then those of this app.
// https://learn.microsoft.com/rest/api/servicelinker/linker/validate
import { authTypeOf } from '../auth/catalogue.ts'
import type { Code } from '../model/code.ts'
import { type Connection, defaultTransport } from '../model/connection.ts'
import { endpointOf } from '../model/endpoint-target.ts'
import type { StepName } from '../model/step-name.ts'
import type { StepNames } from '../model/timeline.ts'

export type Item = {
  readonly name: string
  /** The steps that find out. */
  readonly steps: readonly StepName[]
  /** Conditions that are told here, and not where their step is. */
  readonly conditions?: readonly Code[]
  /** Whether a connection of this kind has it. One that does not shows it only if something is wrong with it. */
  readonly isFor: (self: Connection, names: StepNames) => boolean
}

const all = () => true
/** Nothing of a server elsewhere is looked at. */
const isInAzure = ({ target }: Connection): boolean => endpointOf(target) === undefined
const hasIdentity = (self: Connection): boolean => self.identity !== undefined
const hasAccount = (self: Connection): boolean => authTypeOf(self).serviceAccount
const hasGrants = (self: Connection): boolean => hasIdentity(self) && self.roles.length > 0
const isPrincipal = (self: Connection): boolean => authTypeOf(self).identity === 'principal'

/** Each step that counts is in one of them, so no problem of a connection is left out. */
export const itemsOf = (self: Connection): readonly Item[] => {
  const who = isPrincipal(self) ? 'Service Principal' : 'Managed Identity'
  return [
    { name: 'Target resource existence validated.', steps: ['read-target'], isFor: isInAzure },
    { name: 'Target service firewall validated.', steps: ['resolve-egress', 'open-firewall'], isFor: isInAzure },
    { name: configured, steps: ['read-declarations', 'store-secret'], isFor: all },
    { name: `${who} existence validated.`, steps: ['ensure-identity'], isFor: hasIdentity },
    { name: `${who} permissions validated.`, steps: ['assign-roles'], isFor: hasGrants },
    { name: 'Consent of a policy validated.', steps: ['check-consent'], isFor: all },
    { name: 'Cluster features validated.', steps: ['read-cluster', 'enable-features', 'install-extension', 'configure-flux'], isFor: all },
    {
      name: 'Resource provider registration validated.',
      steps: ['register-provider'],
      isFor: ({ transport }) => transport !== defaultTransport,
    },
    { name: 'Federated credential validated.', steps: ['federate-identity', 'bind-identity', 'write-cluster-roles'], isFor: hasAccount },
    { name: 'Kubernetes ServiceAccount validated.', steps: ['write-service-accounts'], isFor: hasAccount },
    { name: secretItem, steps: ['write-resources', 'write-shapes'], isFor: all },
    { name: 'Identity replication validated.', steps: [], conditions: ['RoleSpreading', 'CredentialSpreading'], isFor: hasIdentity },
    { name: 'Access of the pods validated.', steps: ['prove-access'], isFor: (_, names) => names.connection.includes('prove-access') },
  ]
}

/** It has the keys of the Secret. */
export const secretItem = 'Kubernetes Secret validated.'
export const configured = 'Configured connection information validated.'
