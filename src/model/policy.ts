// A policy: who may be connected to what. Nothing is allowed by default.
import * as z from 'zod'
import type { ConnectRule, ResourcePlace } from './connect-rule.ts'
import { onDeletes, transports } from './connection.ts'
import { federations } from './federation.ts'

const pattern = z.string().min(1).max(400)
const patterns = z.array(pattern).max(200)

/**
 * Patterns match whole texts, ignoring case; `*` stands for any run of characters except `/`. clusters, targets, identities:
 * `subscription/group/name`; for a service principal `servicePrincipals/<client id>/<object id>`, which no other pattern matches. namespaces, auth:
 * names. roles: texts of grants (grant.ts), so GUIDs for Azure roles.
 */
export const allowSchema = z.strictObject({
  clusters: patterns,
  targets: patterns,
  namespaces: patterns,
  auth: patterns,
  roles: patterns.optional(),
  identities: patterns.optional(),
  /** `vault/secret`: secrets of other Key Vaults that connections may be given. */
  secrets: patterns.optional(),
  /**
   * How objects may be written to these clusters. Absent: `direct` only. `extension` changes the cluster itself, so it also needs `changeClusters`.
   */
  transports: z.array(z.enum(transports)).max(10).optional(),
  /** How identities may trust pods. Absent: by federated credentials only. Bindings need objects of the whole cluster (docs/policies.md). */
  federation: z.array(z.enum(federations)).max(10).optional(),
  /** Client id, object id or group id of callers that may put, read and delete these connections over HTTP. Absent: all with the app role. */
  callers: z.array(z.guid()).max(200).optional(),
  /** Object ids of people whom the roles of these connections may be given for local development. */
  developers: z.array(z.guid()).max(200).optional(),
  /** Cluster settings (OIDC issuer, workload identity) may be changed. */
  changeClusters: z.boolean().optional(),
  /** Objects made by others may be taken over if they differ. */
  adopt: z.boolean().optional(),
  /** The keys of these targets may be rotated, which ends the access of everyone else who uses them. */
  rotateKeys: z.boolean().optional(),
  /** What becomes of what was made for these connections when they are removed, where they do not say so themselves. */
  onDelete: z.enum(onDeletes).optional(),
  /** Public addresses and ranges from which these clusters reach the internet, besides those that Azure reports. */
  egress: patterns.optional(),
})

export type Allow = z.infer<typeof allowSchema>
export type Policy = {
  readonly name: string
  readonly allow: Allow
  /** Connections that it makes by itself. */
  readonly connect?: readonly ConnectRule[]
  /** The targets that rules find by tag or region, by place of the rule. */
  readonly found?: Readonly<Record<number, readonly ResourcePlace[]>>
  /** How many more of them there are than are connected, by place of the rule. */
  readonly beyond?: Readonly<Record<number, number>>
  /** Its last change withdrew so many connections that it may be a mistake: they are kept longer. */
  readonly withdrawsMany?: true
  /** It was deleted: it allows and connects nothing, and its row stays until its connections are gone. */
  readonly ended?: true
  /** The resource whose own tag gives this consent (target-consent.ts). */
  readonly from?: string
}

/** What the author should reconsider: patterns that also match subscriptions that the author may not have in mind. */
export const warningsOf = (allow: Allow): readonly string[] =>
  (['clusters', 'targets', 'identities'] as const).flatMap((field) =>
    (allow[field] ?? [])
      .filter((pattern) => pattern.split('/')[0]?.includes('*'))
      .map(
        (pattern) =>
          `${field}: the pattern '${pattern}' matches in every subscription that the app can see; write the id of the subscription.`,
      ),
  )
