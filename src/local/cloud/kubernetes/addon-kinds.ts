// Custom resources: an API server knows them only where the add-on of AKS or the extension that brings them is there, or where people installed their group.
import type { World } from '../world.ts'
import type { Kind } from './kind.ts'
import { withoutEmpty } from './object.ts'
import { atomic, fields, objectOf, text, texts } from './schema.ts'
import { required } from './status.ts'

/** https://secrets-store-csi-driver.sigs.k8s.io/concepts#secretproviderclass */
const secretProviderClasses: Kind = {
  kind: 'SecretProviderClass',
  resource: 'secretproviderclasses',
  group: 'secrets-store.csi.x-k8s.io',
  addon: 'azureKeyvaultSecretsProvider',
  namespaced: true,
  names: 'subdomain',
  schema: objectOf({ spec: fields({ provider: text, parameters: texts, secretObjects: atomic }) }),
  defaults: (object) => withoutEmpty(object),
  strategy: (object) => object,
  mistakes: () => [],
}

/** https://learn.microsoft.com/azure/azure-app-configuration/reference-kubernetes-provider; what a store's keys become is not simulated. */
const appConfigurationProviders: Kind = {
  kind: 'AzureAppConfigurationProvider',
  resource: 'azureappconfigurationproviders',
  group: 'azconfig.io',
  addon: 'microsoft.appconfiguration',
  namespaced: true,
  names: 'subdomain',
  schema: objectOf({
    spec: fields({
      endpoint: text,
      connectionStringReference: text,
      target: fields({ configMapName: text, configMapData: atomic }),
      auth: fields({
        workloadIdentity: fields({ serviceAccountName: text, managedIdentityClientId: text }),
        managedIdentityClientId: text,
        servicePrincipalReference: text,
      }),
      configuration: atomic,
      secret: atomic,
      featureFlag: atomic,
    }),
  }),
  defaults: (object) => withoutEmpty(object),
  strategy: (object) => object,
  mistakes(object) {
    const { target } = (object['spec'] ?? {}) as { readonly target?: { readonly configMapName?: unknown } }
    return typeof target?.configMapName === 'string' ? [] : [required('spec.target.configMapName')]
  },
}

/** Their own controllers read Secrets; none of these runs here. */
const ofPeople = (kind: string, resource: string, group: string, version: string, namespaced = true): Kind => ({
  kind,
  resource,
  group,
  version,
  addon: group,
  namespaced,
  names: 'subdomain',
  schema: objectOf({ spec: atomic, status: atomic }),
  defaults: (object) => withoutEmpty(object),
  strategy: (object) => object,
  mistakes: () => [],
})

export const addonKinds: readonly Kind[] = [
  secretProviderClasses,
  appConfigurationProviders,
  ofPeople('TriggerAuthentication', 'triggerauthentications', 'keda.sh', 'v1alpha1'),
  ofPeople('ScaledObject', 'scaledobjects', 'keda.sh', 'v1alpha1'),
  ofPeople('ClusterTriggerAuthentication', 'clustertriggerauthentications', 'keda.sh', 'v1alpha1', false),
  ofPeople('ScaledJob', 'scaledjobs', 'keda.sh', 'v1alpha1'),
  {
    ...ofPeople('Component', 'components', 'dapr.io', 'v1alpha1'),
    schema: objectOf({ spec: atomic, auth: atomic, scopes: atomic }),
  },
  // The version that its group prefers does not have Components: https://docs.dapr.io/reference/resource-specs/subscription-schema/
  ofPeople('Subscription', 'subscriptions', 'dapr.io', 'v2alpha1'),
  ofPeople('ServiceBinding', 'servicebindings', 'servicebinding.io', 'v1'),
  ofPeople('Service', 'services', 'serving.knative.dev', 'v1'),
]

/** Of enabled add-ons, as `addonProfiles` of a cluster names them, types of installed extensions, and groups that people installed. */
export type Addons = readonly string[]

/** People install custom resource definitions: all kinds of a group. `cluster`: ARM id in lower case. */
export const customGroups = (world: World): Map<string, readonly string[]> => world.table('kubernetes-custom-groups')

export const isServed = ({ addon }: Kind, addons: Addons): boolean =>
  addon === undefined || addons.some((name) => name.toLowerCase() === addon.toLowerCase())

/** Azure knows custom resources only as such, whatever their group: https://learn.microsoft.com/azure/aks/concepts-cluster-authorization */
export const isCustom = (group: string): boolean => addonKinds.some((kind) => kind.group === group)
