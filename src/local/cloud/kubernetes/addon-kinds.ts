// Custom resources: an API server knows them only where the add-on of AKS that brings them is enabled, or where people installed their group.
import type { World } from '../world.ts'
import type { Kind } from './kind.ts'
import { withoutEmpty } from './object.ts'
import { atomic, fields, objectOf, text, texts } from './schema.ts'

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
  ofPeople('TriggerAuthentication', 'triggerauthentications', 'keda.sh', 'v1alpha1'),
  ofPeople('ScaledObject', 'scaledobjects', 'keda.sh', 'v1alpha1'),
  ofPeople('ClusterTriggerAuthentication', 'clustertriggerauthentications', 'keda.sh', 'v1alpha1', false),
  ofPeople('ScaledJob', 'scaledjobs', 'keda.sh', 'v1alpha1'),
  {
    ...ofPeople('Component', 'components', 'dapr.io', 'v1alpha1'),
    schema: objectOf({ spec: atomic, auth: atomic, scopes: atomic }),
  },
  ofPeople('ServiceBinding', 'servicebindings', 'servicebinding.io', 'v1'),
  ofPeople('Service', 'services', 'serving.knative.dev', 'v1'),
]

/** Of enabled add-ons, as `addonProfiles` of a cluster names them, and groups that people installed. */
export type Addons = readonly string[]

/** People install custom resource definitions: all kinds of a group. `cluster`: ARM id in lower case. */
export const customGroups = (world: World): Map<string, readonly string[]> => world.table('kubernetes-custom-groups')

export const isServed = ({ addon }: Kind, addons: Addons): boolean =>
  addon === undefined || addons.some((name) => name.toLowerCase() === addon.toLowerCase())

/** Azure knows custom resources only as such, whatever their group: https://learn.microsoft.com/azure/aks/concepts-cluster-authorization */
export const isCustom = (group: string): boolean => addonKinds.some((kind) => kind.group === group)
