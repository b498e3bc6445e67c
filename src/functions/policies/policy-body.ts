// The body of a policy: its schema, and what a schema cannot say.
import * as z from 'zod'
import { type ConnectRule, connectRuleSchema, isByPlace } from '../../model/connect-rule.ts'
import { isPublicRange } from '../../model/egress.ts'
import { type Allow, allowSchema } from '../../model/policy.ts'
import { parseResourceId } from '../../model/resource-id.ts'
import { exampleOf, targetAt } from '../../model/target-place.ts'
import { type TargetType, targetTypeNamed } from '../../model/target-type.ts'
import { sanitize, type ValidationIssue } from '../../model/validation-issue.ts'
import { invalidInput } from '../http/answers.ts'

/** A policy can be PUT again as it was read. */
export const policySchema = z.strictObject({
  name: z.string().optional(),
  allow: allowSchema,
  connect: z.array(connectRuleSchema).max(50).optional(),
  warnings: z.array(z.string()).optional(),
})
/** A pattern with another number of parts would never match anything. */
const places = ['clusters', 'targets', 'identities'] as const
const words = ['namespaces', 'auth', 'roles'] as const

export function policyIn(
  body: unknown,
  types: readonly TargetType[],
): { readonly allow: Allow; readonly connect?: readonly ConnectRule[] } {
  const parsed = policySchema.safeParse(body)
  if (!parsed.success)
    throw invalidInput(
      parsed.error.issues.slice(0, 20).map((issue) => ({
        field: sanitize(issue.path.join('.')) || 'body',
        message: sanitize(issue.message),
        hint: 'as docs/policies.md shows it',
      })),
    )
  const { allow, connect } = parsed.data
  const bad = [
    ...places.flatMap((field) =>
      (allow[field] ?? [])
        .filter((pattern) => !/^[^/]+\/[^/]+\/[^/]+$/.test(pattern))
        .map((pattern) => ({
          field,
          pattern,
          hint: 'subscription/group/name, with * where anything will do: 5f0c3f3e-0000-4000-8000-000000000001/shop-*/*',
        })),
    ),
    ...(allow.secrets ?? [])
      .filter((pattern) => !/^[^/]+\/[^/]+$/.test(pattern))
      .map((pattern) => ({ field: 'secrets', pattern, hint: 'vault/secret, with * where anything will do: shopkeys/orders-*' })),
    ...words.flatMap((field) =>
      (allow[field] ?? [])
        .filter((pattern) => pattern.includes('/'))
        .map((pattern) => ({ field, pattern, hint: 'a name without slashes, with * where anything will do' })),
    ),
  ]
  const addresses = (allow.egress ?? []).filter((ip) => !isPublicRange(ip))
  const rules = (connect ?? []).flatMap((rule, at) => ruleIssues(rule, `connect.${at}`, types))
  if (bad.length + addresses.length + rules.length > 0)
    throw invalidInput([
      ...rules,
      ...bad.map(({ field, pattern, hint }) => ({
        field: `allow.${field}`,
        message: `the pattern '${sanitize(pattern)}' can match nothing`,
        hint,
      })),
      ...addresses.map((ip) => ({
        field: 'allow.egress',
        message: `'${sanitize(ip)}' is neither a public IPv4 address nor a range of at most a /16`,
        hint: 'addresses like 203.0.113.7 or ranges like 203.0.113.0/28',
      })),
    ])
  return { allow, ...(connect && connect.length > 0 ? { connect } : {}) }
}

/** What is wrong on every cluster. Templates depend on the cluster, so the preview tells about them. */
function ruleIssues({ target }: ConnectRule, field: string, types: readonly TargetType[]): readonly ValidationIssue[] {
  const type = targetTypeNamed(target.type, types)
  if (!type)
    return [
      {
        field: `${field}.target.type`,
        message: `'${sanitize(target.type)}' is not a target type that can be connected`,
        hint: `one of ${types.map((known) => known.type).join(', ')}`,
      },
    ]
  if (isByPlace(target)) return []
  const id = parseResourceId(target.id)
  const isTarget = id !== undefined && targetAt(id, type) !== undefined
  const message = `'${sanitize(target.id)}' is not the id of a target of type ${type.type}`
  return isTarget ? [] : [{ field: `${field}.target.id`, message, hint: exampleOf(type) }]
}
