// The schema of a linker's body as people and Azure Service Connector's tools send it: which fields there are, before their meaning is known. Loose
// where those tools send fields without meaning; fields with content that have no meaning here are refused by name in request.ts.
import * as z from 'zod'
import { anything, text } from '../auth/wire.ts'
import { onDeletes } from '../model/connection.ts'
import { defined } from '../model/defined.ts'
import { type VaultObject, vaultObjectTypes } from '../model/vault-object.ts'

const action = z.enum(['enable', 'optOut']).nullish()
const cleanUp = z.enum(['Default', 'ForcedCleanup']).nullish()

const metadata = z.strictObject({
  name: text,
  value: z.string().max(4096).nullish(),
  secretRef: text.nullish(),
  description: anything,
  required: anything,
})
const daprProperties = z
  .strictObject({
    version: text.nullish(),
    componentType: text.nullish(),
    secretStoreComponent: text.nullish(),
    metadata: z.array(metadata).max(100).nullish(),
    scopes: z.array(text).max(100).nullish(),
    // Azure Service Connector answers these.
    runtimeVersion: anything,
    bindingComponentDirection: anything,
  })
  .nullish()

/** What is left out, and what is empty, is absent. */
const word = text.nullish().transform((value) => value || undefined)
const vaultObject = z
  .strictObject({ objectName: text, objectType: z.enum(vaultObjectTypes).nullish(), objectAlias: word, objectVersion: word })
  .transform(
    ({ objectName, objectType, objectAlias, objectVersion }): VaultObject => ({
      objectName,
      objectType: objectType ?? 'secret',
      ...defined({ objectAlias, objectVersion }),
    }),
  )

export const bodySchema = z.looseObject({
  properties: z.strictObject({
    targetService: z.looseObject({ type: text, id: text.nullish(), endpoint: text.nullish(), resourceProperties: anything }),
    /** Specific to this app: ids of some resources fit several target types. */
    targetType: text.nullish(),
    authInfo: z.looseObject({ authType: text }).nullish(),
    clientType: text.nullish(),
    scope: text.nullish(),
    vNetSolution: z.looseObject({ type: text.nullish() }).nullish(),
    secretStore: z.looseObject({ keyVaultId: text.nullish() }).nullish(),
    publicNetworkSolution: z.looseObject({ action, firewallRules: anything, deleteOrUpdateBehavior: cleanUp }).nullish(),
    configurationInfo: z
      .looseObject({
        action,
        customizedKeys: z.record(z.string().max(253), text).nullish(),
        additionalConfigurations: z.record(z.string().max(253), z.string().max(4096)).nullish(),
        additionalConnectionStringProperties: z.record(z.string().max(253), z.string().max(4096)).nullish(),
        /** Specific to this app. */
        keyNaming: text.nullish(),
        shape: text.nullish(),
        daprProperties,
        deleteOrUpdateBehavior: cleanUp,
      })
      .nullish(),
    /** Specific to this app: with Azure Service Connector people write the SecretProviderClass themselves. */
    secretProviderClass: z.strictObject({ objects: z.array(vaultObject).max(200).nullish() }).nullish(),
    /** Specific to this app: Azure Service Connector has only one transport. */
    kubernetesTransport: text.nullish(),
    /** Specific to this app. */
    paused: z.boolean().nullish(),
    onDelete: z.enum(onDeletes).nullish(),
    // Fields of answers that no one can set.
    provisioningState: anything,
    kubernetesResourceName: anything,
    kubernetesResources: anything,
    manifest: anything,
    origin: anything,
    problems: anything,
    conditions: anything,
    chosenTransport: anything,
    warning: anything,
    timeline: anything,
  }),
})
export type Properties = z.infer<typeof bodySchema>['properties']
