// What the app knows of Service Connector's extension `sc-extension`, as Microsoft.KubernetesConfiguration answers it
// (docs/azure-behaviour.md#cluster-extensions). All calls use one api-version.
// https://learn.microsoft.com/rest/api/kubernetesconfiguration/extensions
import * as z from 'zod'
import { inShape } from './answer-shape.ts'
import { type AppliedHashes, hasRequests } from './applied-hash.ts'
import { type ClusterExtension, clusterExtensions } from './cluster-extension.ts'
import { knownPhrases, notRepeated } from './phrases.ts'

export const extensionApi = '2023-05-01'
const serviceConnector = clusterExtensions['service-connector']
export const { name: extensionName, releaseNamespace } = serviceConnector
export const extensionsOfCluster = (clusterId: string): string => `${clusterId}/providers/Microsoft.KubernetesConfiguration/extensions`
export const extensionId = (clusterId: string, name: string = extensionName): string => `${extensionsOfCluster(clusterId)}/${name}`

const schema = z.looseObject({
  properties: z.looseObject({
    extensionType: z.string().nullish(),
    provisioningState: z.string().nullish(),
    autoUpgradeMinorVersion: z.boolean().nullish(),
    version: z.string().nullish(),
    currentVersion: z.string().nullish(),
    releaseTrain: z.string().nullish(),
    scope: z.unknown().optional(),
    configurationSettings: z.record(z.string(), z.string()).nullish(),
    statuses: z
      .array(
        z.looseObject({
          code: z.string().nullish(),
          level: z.string().nullish(),
          message: z.string().nullish(),
          time: z.string().nullish(),
        }),
      )
      .nullish(),
  }),
})
export type Extension = z.infer<typeof schema>['properties']
export const extensionOf = (body: unknown): Extension => inShape(schema, body).properties

export const isOfType = ({ extensionType: type }: Extension, of: Pick<ClusterExtension, 'type'>): boolean => type?.toLowerCase() === of.type
export const isOurType = (extension: Extension): boolean => isOfType(extension, serviceConnector)
export const appliedHashesOf = ({ configurationSettings }: Extension): AppliedHashes => configurationSettings ?? {}
const ends = ['Succeeded', 'Failed', 'Canceled']
export const isUnderWay = ({ provisioningState: state }: Extension): boolean => !ends.includes(state ?? '')
/** It is installed and accepts requests, whatever the result of the last one. */
export const acceptsRequests = (extension: Extension): boolean =>
  isOurType(extension) && (extension.provisioningState === 'Succeeded' || hasRequests(appliedHashesOf(extension)))

/** The problem that it reports itself, as phrases known to this app: Helm and the job have seen the content of requests. */
export function issueOf({ statuses }: Extension): string | undefined {
  const message = (statuses ?? []).find(({ level }) => level?.toLowerCase() === 'error')?.message ?? undefined
  return message === undefined ? undefined : [...knownPhrases(message), notRepeated].join('. ')
}

/** The whole body of a PUT; settings that others chose for an existing extension are kept. */
export function bodyOf(
  before: Extension | undefined,
  settings: AppliedHashes,
  request?: Readonly<Record<string, string>>,
  { type, releaseTrain, releaseNamespace: namespace }: ClusterExtension = serviceConnector,
): object {
  const isPinned = before?.autoUpgradeMinorVersion === false
  return {
    properties: {
      extensionType: type,
      autoUpgradeMinorVersion: !isPinned,
      ...(isPinned && before.version ? { version: before.version } : {}),
      releaseTrain: before?.releaseTrain ?? releaseTrain,
      scope: before?.scope ?? { cluster: { releaseNamespace: namespace } },
      configurationSettings: settings,
      configurationProtectedSettings: request ?? {},
    },
  }
}
