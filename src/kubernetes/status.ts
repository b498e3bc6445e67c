// The Status in an API server's answer: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
import * as z from 'zod'
import { kubernetesKinds, writtenPlurals } from '../model/kubernetes-kind.ts'
import { ApiException } from './sdk.ts'

const statusSchema = z.object({
  message: z.string().default(''),
  reason: z.string().default(''),
  details: z
    .object({
      name: z.string().optional(),
      kind: z.string().optional(),
      causes: z.array(z.object({ reason: z.string().optional(), message: z.string().optional(), field: z.string().optional() })).nullish(),
    })
    .nullish(),
})
export type Status = z.infer<typeof statusSchema>
export type Coded = Status & { readonly code: number }

/** The Status in an error of client-node; undefined = the error does not come from the API server. */
export function statusOf(error: unknown): Coded | undefined {
  if (!(error instanceof ApiException)) return undefined
  const read = statusSchema.safeParse(parsed(error.body))
  return { ...(read.success ? read.data : { message: '', reason: '' }), code: error.code }
}

function parsed(body: unknown): unknown {
  try {
    return typeof body === 'string' ? JSON.parse(body) : body
  } catch {
    return undefined // a proxy's page
  }
}

/** The server itself says that this object does not exist; a 404 of anything on the way to it proves nothing. */
export function objectMissing(error: unknown): boolean {
  const status = statusOf(error)
  return status?.code === 404 && status.reason === 'NotFound' && writtenPlurals.includes(status.details?.kind ?? '')
}

/** The namespace does not exist, or is being deleted: someone has to create it. */
export function namespaceMissing(error: unknown): boolean {
  const status = statusOf(error)
  if (status?.code === 404) return status.reason === 'NotFound' && status.details?.kind === kubernetesKinds.Namespace.plural
  return status?.details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating') ?? false
}
