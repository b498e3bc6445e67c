// What the app knows of the extension `sc-extension` of Service Connector, as Microsoft.KubernetesConfiguration answers it
// (docs/azure-behaviour.md#cluster-extensions).
// One api-version for all calls. https://learn.microsoft.com/rest/api/kubernetesconfiguration/extensions
import * as z from 'zod'
import { type AppliedHashes, hasReceipts } from './applied-hash.ts'
import { knownPhrases, notRepeated } from './phrases.ts'

export const extensionApi = '2023-05-01'
export const extensionName = 'sc-extension'
export const extensionType = 'microsoft.servicelinker.connection'
export const releaseNamespace = 'sc-system'
export const extensionId = (clusterId: string): string =>
  `${clusterId}/providers/Microsoft.KubernetesConfiguration/extensions/${extensionName}`

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
export const extensionOf = (body: unknown): Extension => schema.parse(body).properties

export const isOurType = ({ extensionType: type }: Extension): boolean => type?.toLowerCase() === extensionType
export const appliedHashesOf = ({ configurationSettings }: Extension): AppliedHashes => configurationSettings ?? {}
const ends = ['Succeeded', 'Failed', 'Canceled']
export const isUnderWay = ({ provisioningState: state }: Extension): boolean => !ends.includes(state ?? '')
/** Orders can be given to it: it was installed, whatever became of the last order. */
export const acceptsRequests = (extension: Extension): boolean =>
  isOurType(extension) && (extension.provisioningState === 'Succeeded' || hasReceipts(appliedHashesOf(extension)))

/** What it says of itself that is not well, in phrases that this app knows: Helm and the job have seen what was handed over. */
export function issueOf({ statuses }: Extension): string | undefined {
  const message = (statuses ?? []).find(({ level }) => level?.toLowerCase() === 'error')?.message ?? undefined
  return message === undefined ? undefined : [...knownPhrases(message), notRepeated].join('. ')
}

/** The whole body of a PUT; what somebody else chose for an extension that is there is kept. */
export function bodyOf(before: Extension | undefined, settings: AppliedHashes, order?: Readonly<Record<string, string>>): object {
  const isPinned = before?.autoUpgradeMinorVersion === false
  return {
    properties: {
      extensionType,
      autoUpgradeMinorVersion: !isPinned,
      ...(isPinned && before.version ? { version: before.version } : {}),
      releaseTrain: before?.releaseTrain ?? 'prod',
      scope: before?.scope ?? { cluster: { releaseNamespace } },
      configurationSettings: settings,
      configurationProtectedSettings: order ?? {},
    },
  }
}
