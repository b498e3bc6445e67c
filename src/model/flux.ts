// What the app knows of a Flux configuration, as Microsoft.KubernetesConfiguration answers it: where Flux reads from, and what it says of that.
// https://learn.microsoft.com/azure/templates/microsoft.kubernetesconfiguration/fluxconfigurations
//
// A configuration is for one namespace of one cluster, and reads one container of its own: Flux takes a container as a whole, and what it calls a revision
// is a digest of all that is in it.
import { createHash } from 'node:crypto'
import * as z from 'zod'
import { inShape } from './answer-shape.ts'
import { keyOf, type Loop } from './loop.ts'
import { sanitize } from './validation-issue.ts'

export const fluxApi = '2025-04-01'
/** Its container has the same name. At most 30 characters. */
export const fluxName = (installation: string, cluster: Loop<'cluster'>, namespace: string): string =>
  `sc-${keyOf([installation, cluster.id, namespace].join('|'))}`
export const fluxId = (clusterId: string, name: string): string =>
  `${clusterId}/providers/Microsoft.KubernetesConfiguration/fluxConfigurations/${name}`
export const fluxUrl = (account: string): string => `https://${account}.blob.core.windows.net`

const condition = z.looseObject({ type: z.string().nullish(), status: z.string().nullish(), message: z.string().nullish() })
const status = z.looseObject({
  name: z.string().nullish(),
  kind: z.string().nullish(),
  statusConditions: z.array(condition).nullish(),
})
const kustomization = z.looseObject({ path: z.string().nullish(), prune: z.boolean().nullish() })
const schema = z.looseObject({
  properties: z.looseObject({
    namespace: z.string().nullish(),
    scope: z.string().nullish(),
    suspend: z.boolean().nullish(),
    provisioningState: z.string().nullish(),
    errorMessage: z.string().nullish(),
    azureBlob: z
      .looseObject({
        url: z.string().nullish(),
        containerName: z.string().nullish(),
        managedIdentity: z.looseObject({ clientId: z.string().nullish() }).nullish(),
      })
      .nullish(),
    kustomizations: z.record(z.string(), kustomization.nullish()).nullish(),
    statuses: z.array(status.nullish()).nullish(),
  }),
})
export type FluxConfiguration = z.infer<typeof schema>['properties']
export const fluxConfigurationOf = (body: unknown): FluxConfiguration => inShape(schema, body).properties

export type FluxSource = { readonly account: string; readonly name: string; readonly namespace: string; readonly clientId: string }
const kustomizationName = 'objects'

/** The whole body of a PUT. Times in seconds: how often Flux looks into the container, and how often it undoes what others did. */
export const fluxBodyOf = ({ account, name, namespace, clientId }: FluxSource): object => ({
  properties: {
    // What it may do in the cluster ends at the namespace.
    scope: 'namespace',
    namespace,
    sourceKind: 'AzureBlob',
    suspend: false,
    azureBlob: {
      url: fluxUrl(account),
      containerName: name,
      managedIdentity: { clientId },
      timeoutInSeconds: 180,
      syncIntervalInSeconds: 120,
    },
    kustomizations: {
      [kustomizationName]: {
        path: './',
        prune: true,
        wait: true,
        timeoutInSeconds: 180,
        syncIntervalInSeconds: 300,
        retryIntervalInSeconds: 60,
      },
    },
  },
})

/** It reads the container that the app has for it. */
export const isOurFlux = ({ azureBlob }: FluxConfiguration, { account, name }: Pick<FluxSource, 'account' | 'name'>): boolean =>
  azureBlob?.containerName === name && azureBlob.url?.toLowerCase().replace(/\/$/, '') === fluxUrl(account)

/** In words; '' = nothing differs. */
export function fluxDifference(
  { suspend, azureBlob, kustomizations }: FluxConfiguration,
  { clientId }: Pick<FluxSource, 'clientId'>,
): string {
  const isOther = azureBlob?.managedIdentity?.clientId?.toLowerCase() !== clientId.toLowerCase()
  const parts = [
    [suspend === true, 'it is suspended'],
    [isOther, 'its identity'],
    [kustomizations?.[kustomizationName]?.prune !== true, 'it does not prune'],
  ] as const
  return parts.flatMap(([differs, words]) => (differs ? [words] : [])).join(', ')
}

const ends = ['Succeeded', 'Failed', 'Canceled']
export const isFluxUnderWay = ({ provisioningState: state }: FluxConfiguration): boolean => !ends.includes(state ?? '')

/** `isKnown`: Flux has said something. `applied`: the revision that is in the cluster whole, with everything pruned that is not in it. `trouble`: in Flux's own words. */
type Said = { readonly isKnown: boolean; readonly applied?: string; readonly trouble?: string }

export function saidByFlux({ statuses }: FluxConfiguration, name: string): Said {
  const all = (statuses ?? []).flatMap((one) => {
    const ready = one?.statusConditions?.find(({ type }) => type === 'Ready')
    return one && ready ? [{ kind: one.kind ?? '', name: one.name, is: ready.status, message: ready.message ?? '' }] : []
  })
  const own = all.find((one) => one.kind === 'Kustomization' && one.name === `${name}-${kustomizationName}`)
  const applied = own?.is === 'True' ? /^Applied revision: .*?(sha256:[0-9a-f]{64})$/.exec(own.message)?.[1] : undefined
  const bad = all.find(({ is }) => is === 'False')
  return {
    isKnown: all.length > 0,
    ...(applied === undefined ? {} : { applied }),
    ...(bad ? { trouble: sanitize(`${bad.kind}: ${bad.message}`, 300) } : {}),
  }
}

/** `etag`: as a list of blobs has it, without quotes. */
type Listed = { readonly name: string; readonly etag: string }

/**
 * What source-controller calls a container with these blobs: SHA-256 of their sorted lines of name and ETag. Its versions, and a first and a later
 * fetch, write the ETag differently: in hexadecimal (from a list) or as it is, with or without quotes (from a read). Whatever the form, blobs that differ in
 * anything have none of these revisions in common.
 * https://github.com/fluxcd/source-controller/blob/main/internal/index/digest.go
 */
export function revisionsOf(blobs: readonly Listed[]): ReadonlySet<string> {
  const sorted = [...blobs].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
  const forms = [(etag: string) => Buffer.from(etag).toString('hex'), (etag: string) => `"${etag}"`, (etag: string) => etag]
  const digest = (form: (etag: string) => string): string =>
    createHash('sha256')
      .update(sorted.map(({ name, etag }) => `${name} ${form(etag)}\n`).join(''))
      .digest('hex')
  return new Set(forms.map((form) => `sha256:${digest(form)}`))
}
