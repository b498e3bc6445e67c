// Custom resources that an add-on of AKS brings: an API server knows them only where the add-on is enabled.
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

export const addonKinds: readonly Kind[] = [secretProviderClasses]

/** Of enabled add-ons, as `addonProfiles` of a cluster names them. */
export type Addons = readonly string[]

export const isServed = ({ addon }: Kind, addons: Addons): boolean =>
  addon === undefined || addons.some((name) => name.toLowerCase() === addon.toLowerCase())

/** Azure knows custom resources only as such, whatever their group: https://learn.microsoft.com/azure/aks/concepts-cluster-authorization */
export const isCustom = (group: string): boolean => addonKinds.some((kind) => kind.group === group)
