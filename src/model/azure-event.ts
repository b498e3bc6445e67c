// What an event of Azure says, in both of Event Grid's schemas. An event is only a hint that something about a resource changed; the truth is
// read again. Claims in it are personal data: nothing but the caller's app id is taken from them.
// https://learn.microsoft.com/azure/event-grid/event-schema-subscriptions
import * as z from 'zod'
import type { LoopKind } from './loop.ts'
import { owner, parseExtensionId, parseGroupId, parseResourceId } from './resource-id.ts'

type Event = {
  /** App id of whoever did it. */
  readonly appId?: string
  /** Lower case: `microsoft.storage/storageaccounts/write`. */
  readonly operation: string
  /** When it happened; not when it was delivered. */
  readonly at?: number
}

export type ResourceEvent = Event & {
  /** The resource that was written or deleted, or on which an action ran. */
  readonly resource: string
  readonly deleted: boolean
  /** The role assignment itself, where it is one: `resource` is its scope then. */
  readonly assignment?: string
}

/** Whatever is in the resource group may be somewhere else, or nowhere. */
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

/** `undefined`: it says nothing that concerns us. */
export function parseAzureEvent(event: unknown): AzureEvent | undefined {
  const parsed = schema.safeParse(event)
  if (!parsed.success) return undefined
  const { eventType, type, subject, eventTime, time, data } = parsed.data
  const what = (eventType ?? type ?? '').toLowerCase()
  if (!types.has(what)) return undefined
  const operation = (data.operationName ?? '').toLowerCase()
  // Of actions only those count that change something; listing keys is an action too, and our own listing must not wake ourselves.
  if (what.includes('action') && !telling.test(operation)) return undefined
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

/** Keys are made anew; clusters are started and stopped, after which their addresses can be others; resources get another id. */
const telling = /\/(regenerate[a-z]*|start|stop|moveresources)\/action$/

/** A group that was deleted, or out of which something moved: only the group has an event, not what is in it. */
function groupOf(uri: string, operation: string): string | undefined {
  const wholly = /^microsoft\.resources\/subscriptions\/resourcegroups\/(delete|moveresources\/action)$/
  return wholly.test(operation) ? parseGroupId(uri) : undefined
}

/** Tags and role assignments are resources on the one that they are about. */
function resourceOf(uri: string): Pick<ResourceEvent, 'resource' | 'assignment'> | undefined {
  const extension = parseExtensionId(uri)
  if (extension?.type === 'microsoft.authorization/roleassignments') return { resource: extension.on.id, assignment: extension.id }
  const resource = (extension?.on ?? parseResourceId(uri))?.id
  return resource === undefined ? undefined : { resource }
}

const clusterType = 'microsoft.containerservice/managedclusters'
const identityType = 'microsoft.managedidentity/userassignedidentities'

export type Candidate = { readonly kind: Exclude<LoopKind, 'connection'>; readonly id: string }

/** The loops that could be about it, innermost first: the id is cut segment by segment. */
export function candidatesOf(resource: string): readonly Candidate[] {
  const found: Candidate[] = []
  for (let at = parseResourceId(resource); at; at = parseResourceId(at.parent)) {
    const kind = at.type === clusterType ? 'cluster' : at.type === identityType ? 'identity' : 'target'
    found.push({ kind, id: at.id })
  }
  return found
}

/** The cluster itself, not something in it, was written: it may be one that nobody knows yet. */
export const isClusterWrite = ({ resource, deleted, assignment }: ResourceEvent): boolean =>
  !deleted && assignment === undefined && owner(resource, clusterType)?.length === resource.length
