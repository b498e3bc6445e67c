// The content of an Azure event, in both Event Grid schemas. An event is only a hint that a resource changed; the resource itself is read again. Its
// claims are personal data: only the caller's app id is taken from them. https://learn.microsoft.com/azure/event-grid/event-schema-subscriptions
import * as z from 'zod'
import type { LoopKind } from './loop.ts'
import { owner, parseExtensionId, parseGroupId, parseResourceId } from './resource-id.ts'

type Event = {
  /** App id of the caller. */
  readonly appId?: string
  /** Lower case: `microsoft.storage/storageaccounts/write`. */
  readonly operation: string
  /** When it happened, not when it was delivered. */
  readonly at?: number
}

export type ResourceEvent = Event & {
  /** The resource that was written or deleted, or on which an action ran. */
  readonly resource: string
  readonly deleted: boolean
  /** The role assignment itself, if the event is about one: `resource` is then its scope. */
  readonly assignment?: string
}

/** Any resource in the group may have moved or been deleted. */
export type GroupEvent = Event & { readonly group: string }

export type AzureEvent = ResourceEvent | GroupEvent

const schema = z.looseObject({
  eventType: z.string().optional(),
  type: z.string().optional(),
  subject: z.string().max(2048).optional(),
  eventTime: z.string().optional(),
  time: z.string().optional(),
  data: z.looseObject({
    resourceUri: z.string().max(2048).nullish(),
    operationName: z.string().max(512).nullish(),
    claims: z.looseObject({ appid: z.string().nullish() }).nullish().catch(undefined),
  }),
})
const types = new Set([
  'microsoft.resources.resourcewritesuccess',
  'microsoft.resources.resourcedeletesuccess',
  'microsoft.resources.resourceactionsuccess',
])

/** `undefined`: the event is not relevant. */
export function parseAzureEvent(event: unknown): AzureEvent | undefined {
  const parsed = schema.safeParse(event)
  if (!parsed.success) return undefined
  const { eventType, type, subject, eventTime, time, data } = parsed.data
  const what = (eventType ?? type ?? '').toLowerCase()
  if (!types.has(what)) return undefined
  const operation = (data.operationName ?? '').toLowerCase()
  // Only actions that change something count: listing keys is an action too, and the app's own listing must not wake it.
  if (what.includes('action') && !changing.test(operation)) return undefined
  const uri = data.resourceUri ?? subject ?? ''
  const appId = data.claims?.appid
  const at = Date.parse(eventTime ?? time ?? '')
  const group = groupOf(uri, operation)
  const about = group ? undefined : resourceOf(uri)
  const common = { operation, ...(appId ? { appId } : {}), ...(Number.isNaN(at) ? {} : { at }) }
  if (group) return { ...common, group }
  if (!about) return undefined
  return {
    ...about,
    ...common,
    deleted: what.includes('delete') && !operation.startsWith('microsoft.resources/tags/'),
  }
}

/** Keys are regenerated; clusters start and stop, which can change their addresses; resources get another id. */
const changing = /\/(regenerate[a-z]*|start|stop|moveresources)\/action$/

/** A group that was deleted, or from which resources moved: only the group gets an event, not its resources. */
function groupOf(uri: string, operation: string): string | undefined {
  const wholly = /^microsoft\.resources\/subscriptions\/resourcegroups\/(delete|moveresources\/action)$/
  return wholly.test(operation) ? parseGroupId(uri) : undefined
}

/** Tags and role assignments are extension resources of the resource that they describe. */
function resourceOf(uri: string): Pick<ResourceEvent, 'resource' | 'assignment'> | undefined {
  const extension = parseExtensionId(uri)
  if (extension?.type === 'microsoft.authorization/roleassignments') return { resource: extension.on.id, assignment: extension.id }
  const resource = (extension?.on ?? parseResourceId(uri))?.id
  return resource === undefined ? undefined : { resource }
}

const clusterType = 'microsoft.containerservice/managedclusters'
const identityType = 'microsoft.managedidentity/userassignedidentities'

export type Candidate = { readonly kind: Exclude<LoopKind, 'connection'>; readonly id: string }

/** The loops that the event could concern, innermost first: the id is cut segment by segment. */
export function candidatesOf(resource: string): readonly Candidate[] {
  const found: Candidate[] = []
  for (let at = parseResourceId(resource); at; at = parseResourceId(at.parent)) {
    const kind = at.type === clusterType ? 'cluster' : at.type === identityType ? 'identity' : 'target'
    found.push({ kind, id: at.id })
  }
  return found
}

/** The cluster itself, not a child of it, was written: it may be a cluster that is not known yet. */
export const isClusterWrite = ({ resource, deleted, assignment }: ResourceEvent): boolean =>
  !deleted && assignment === undefined && owner(resource, clusterType)?.length === resource.length
