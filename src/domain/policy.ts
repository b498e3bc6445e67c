// A policy: who may be connected to what. Nothing is allowed by default.
import * as z from 'zod'

const pattern = z.string().min(1).max(400)
const patterns = z.array(pattern).max(200)

/**
 * Patterns match whole texts, without regard to case; `*` stands for any run of characters but `/`.
 * clusters, targets, identities: `subscription/group/name`. namespaces, auth: names. roles: role definition GUIDs or `default`.
 */
export const allowSchema = z.strictObject({
  clusters: patterns,
  targets: patterns,
  namespaces: patterns,
  auth: patterns,
  roles: patterns.optional(),
  identities: patterns.optional(),
  /** Cluster settings (OIDC issuer, workload identity) may be changed. */
  changeClusters: z.boolean().optional(),
  /** Things that somebody else made may be taken over where they differ. */
  adopt: z.boolean().optional(),
  /** Public addresses and ranges from which these clusters reach the internet, beside those that Azure tells. */
  egress: patterns.optional(),
})

export type Allow = z.infer<typeof allowSchema>
export type Policy = { readonly name: string; readonly allow: Allow }
