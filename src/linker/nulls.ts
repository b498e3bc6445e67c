// Fields that a linker does not have are answered as `null`, as Azure Service Connector answers them: tools that know its answers look for the field,
// not only for its value. Only what leaves the app is filled up; what it reads may have `null` or nothing, and both mean the same.
// https://learn.microsoft.com/rest/api/servicelinker/linker/get
import { type Fields, fieldOf, isFields } from './fields.ts'

const nulls = (...names: readonly string[]): Fields => Object.fromEntries(names.map((name) => [name, null]))

const ofRoles = nulls('roles', 'userName', 'deleteOrUpdateBehavior')
/** By `authInfo.authType`. Never one that holds a credential. */
const ofAuth: Readonly<Record<string, Fields>> = {
  secret: nulls('name', 'secretInfo'),
  userAssignedIdentity: { ...nulls('clientId', 'subscriptionId'), ...ofRoles },
  servicePrincipalSecret: ofRoles,
}
const ofConfiguration: Fields = {
  ...nulls('customizedKeys', 'daprProperties', 'additionalConfigurations', 'additionalConnectionStringProperties'),
  ...nulls('action', 'deleteOrUpdateBehavior'),
  configurationStore: nulls('appConfigurationId'),
}

/** @param properties of a linker. Nothing that is there changes. */
export function withNulls(properties: Fields): Fields {
  const { targetService, authInfo, publicNetworkSolution, configurationInfo = {} } = properties
  const isResource = isFields(targetService) && fieldOf(targetService, 'type') === 'AzureResource'
  const authType = isFields(authInfo) ? String(fieldOf(authInfo, 'authType')) : ''
  return {
    vNetSolution: null,
    secretStore: nulls('keyVaultId', 'keyVaultSecretName'),
    ...properties,
    targetService: isResource ? { ...nulls('resourceProperties'), ...targetService } : targetService,
    authInfo: filled(authInfo, fieldOf(ofAuth, authType)),
    publicNetworkSolution: filled(publicNetworkSolution, nulls('firewallRules', 'deleteOrUpdateBehavior')),
    configurationInfo: filled(configurationInfo, ofConfiguration),
  }
}

const filled = (value: unknown, missing: unknown): unknown => (isFields(value) && isFields(missing) ? { ...missing, ...value } : value)
