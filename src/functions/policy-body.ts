// The body of a policy: its schema, and what a schema cannot say.
import * as z from 'zod'
import { isPublicRange } from '../model/egress.ts'
import { type Allow, allowSchema } from '../model/policy.ts'
import { sanitize } from '../model/validation-issue.ts'
import { invalidInput } from './answers.ts'

/** A policy can be PUT again as it was read. */
export const policySchema = z.strictObject({ name: z.string().optional(), allow: allowSchema, warnings: z.array(z.string()).optional() })
/** A pattern with another number of parts would never match anything. */
const places = ['clusters', 'targets', 'identities'] as const
const words = ['namespaces', 'auth', 'roles'] as const

export function allowIn(body: unknown): Allow {
  const parsed = policySchema.safeParse(body)
  if (!parsed.success)
    throw invalidInput(
      parsed.error.issues.slice(0, 20).map((issue) => ({
        field: sanitize(issue.path.join('.')) || 'body',
        message: sanitize(issue.message),
        hint: 'as docs/policies.md shows it',
      })),
    )
  const { allow } = parsed.data
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
  if (bad.length + addresses.length > 0)
    throw invalidInput([
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
  return allow
}
