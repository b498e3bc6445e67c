// The features of a cluster that connections can need: how its body tells that one is on, and how it is turned on. Pure.
import type { FeatureName } from '../../model/feature.ts'
import { addonsOf, type ManagedCluster } from './cluster-api.ts'

export type Body = Readonly<Record<string, unknown>>

export type ClusterFeature = {
  readonly words: string
  isOn(properties: ManagedCluster['properties']): boolean
  /** The properties of a body with the feature on; everything else as it was read. */
  turnOn(properties: Body): Body
}

const bodyOf = (value: unknown): Body => (value && typeof value === 'object' ? (value as Body) : {})
const on = (value: unknown): Body => ({ ...bodyOf(value), enabled: true })

export const clusterFeatures: Readonly<Record<FeatureName, ClusterFeature>> = {
  'oidc-issuer': {
    words: 'OIDC issuer',
    isOn: ({ oidcIssuerProfile: oidc }) => oidc?.enabled === true && Boolean(oidc.issuerURL),
    turnOn: (properties) => ({ ...properties, oidcIssuerProfile: on(properties['oidcIssuerProfile']) }),
  },
  'workload-identity': {
    words: 'workload identity',
    isOn: ({ securityProfile: security }) => security?.workloadIdentity?.enabled === true,
    turnOn(properties) {
      const security = bodyOf(properties['securityProfile'])
      return { ...properties, securityProfile: { ...security, workloadIdentity: on(security['workloadIdentity']) } }
    },
  },
  // On when its identity is there: AKS makes that at the end of the operation.
  'key-vault-secrets-provider': {
    words: 'the Key Vault add-on',
    isOn: (properties) => addonsOf(properties)?.azureKeyvaultSecretsProvider !== undefined,
    turnOn(properties) {
      const profiles = bodyOf(properties['addonProfiles'])
      // Azure writes its name in more than one casing.
      const name =
        Object.keys(profiles).find((one) => one.toLowerCase() === 'azurekeyvaultsecretsprovider') ?? 'azureKeyvaultSecretsProvider'
      return { ...properties, addonProfiles: { ...profiles, [name]: on(profiles[name]) } }
    },
  },
}
