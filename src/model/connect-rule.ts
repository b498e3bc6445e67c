// A rule of a policy that makes connections by itself: on every cluster that matches, to targets by id, by tag, or to the one of the same region.
import * as z from 'zod'

const text = z.string().min(1).max(1024)
const patterns = z.array(z.string().min(1).max(260)).min(1).max(200)
/** Name and pattern of the value. Quotes would end a text of a query. */
const tags = z.record(z.string().min(1).max(512), z.string().max(256)).refine((all) => Object.keys(all).length <= 15, 'has at most 15 tags')

/** Everything that is named has to match; what is left out matches all. */
const place = {
  tags: tags.optional(),
  subscriptions: patterns.optional(),
  groups: patterns.optional(),
  names: patterns.optional(),
}

export const connectRuleSchema = z.strictObject({
  /** A template, like `namespace` and `workload`. */
  name: text,
  clusters: z.strictObject({ ...place, regions: patterns.optional() }),
  target: z.union([
    z.strictObject({ type: text, id: text }),
    z.strictObject({
      type: text,
      ...place,
      /** `same`: the one that is in the region of the cluster. Left out: all that match. */
      region: z.literal('same').optional(),
      /** Name of the database or other child, where the type has such children. */
      child: text.optional(),
    }),
  ]),
  namespace: text.optional(),
  workload: text.optional(),
  auth: text.optional(),
  client: text.optional(),
  /** ARM id of an identity that is provided. */
  identity: text.optional(),
  roles: z.array(text).max(10).optional(),
  firewall: z.enum(['open', 'keep']).optional(),
  keys: text.optional(),
  transport: text.optional(),
  federation: text.optional(),
  shape: text.optional(),
})

export type ConnectRule = z.infer<typeof connectRuleSchema>
/** More targets of one rule are not connected. */
export const mostFound = 200

/** Targets that are found by what they are, not by their id. */
export type TargetsByPlace = Exclude<ConnectRule['target'], { readonly id: string }>

export const isByPlace = (target: ConnectRule['target']): target is TargetsByPlace => !('id' in target)

/** Where a resource is and what it is tagged with, as a list or the resource itself says. */
export type ResourcePlace = { readonly id: string; readonly location: string; readonly tags: Readonly<Record<string, string>> }
