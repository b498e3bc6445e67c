// The spec that the body of a PUT asks for, parsed and validated. A secret in it is returned apart, because it is not part of what is stored.
import { providedFor } from '../../auth/catalogue.ts'
import type { ConnectionInput } from '../../declare/connection-input.ts'
import { specOf } from '../../declare/connection-spec.ts'
import { linkerFields } from '../../linker/linker.ts'
import { type LinkerRequest, parseLinkerBody } from '../../linker/request.ts'
import type { Connection, ConnectionSpec } from '../../model/connection.ts'
import { loop } from '../../model/loop.ts'
import { movedFrom } from '../../model/provided-secret.ts'
import { resourceId } from '../../model/resource-id.ts'
import type { Secret } from '../../model/secret.ts'
import type { ValidationIssue } from '../../model/validation-issue.ts'
import { invalidInput } from '../http/answers.ts'
import type { HandlerContext } from '../http/handler-context.ts'
import { withTargetType } from './target-type.ts'

export type PutRequest = { readonly spec: ConnectionSpec; readonly rawSecret?: Secret<string> }

export async function readPut(
  body: unknown,
  cluster: string,
  name: string,
  services: HandlerContext,
  before: Connection | undefined,
): Promise<PutRequest> {
  const { spec, rawSecret } = await read(body, cluster, name, services, before)
  return withSecret(spec, rawSecret, before, services)
}

/** The spec alone: whether a secret is missing is not judged. */
export const specIn = async (...input: Parameters<typeof read>): Promise<ConnectionSpec> => (await read(...input)).spec

async function read(
  body: unknown,
  cluster: string,
  name: string,
  services: HandlerContext,
  before: Connection | undefined,
): Promise<PutRequest> {
  const request = parseLinkerBody(await withTargetType(body, before, services), services.targets)
  if ('issues' in request) throw invalidInput(request.issues)
  const { identityRef: _, rawSecret, ...fields } = request.value
  const input: ConnectionInput = {
    ...fields,
    origin: 'http',
    name,
    cluster: loop('cluster', cluster),
    identity: await identityOf(request.value, cluster, services),
  }
  const spec = specOf(input, services.installation, linkerFields)
  if ('issues' in spec) throw invalidInput(spec.issues)
  return { spec: spec.value, ...(rawSecret ? { rawSecret } : {}) }
}

/** A raw secret goes into the Key Vault; without one the secret that was provided before stays, for the place that it was provided for. */
function withSecret(
  spec: ConnectionSpec,
  rawSecret: Secret<string> | undefined,
  before: Connection | undefined,
  { vault, targets }: HandlerContext,
): PutRequest {
  const provided = providedFor({ auth: spec.auth, type: targets.find(({ type }) => type === spec.type) })
  if (!provided || spec.keptSecret) return { spec }
  const field = `properties.${provided.field}`
  if (rawSecret && !vault)
    throw invalidInput([
      {
        field,
        message: 'this app has no Key Vault, and keeps secrets nowhere else',
        hint: 'another authType, such as userAssignedIdentity; or set CONNECTOR_KEY_VAULT of the app (docs/settings.md)',
      },
    ])
  if (rawSecret) return { spec, rawSecret }
  const moved = before?.secret ? movedFrom(before, spec, provided.holder) : []
  if (before?.secret && moved.length === 0) return { spec: { ...spec, secret: before.secret } }
  const reason =
    moved.length > 0 ? `the one that was provided before is for the former ${moved.join(' and ')} only` : 'and none was provided before'
  throw invalidInput([{ field, message: `the ${provided.what} is missing${moved.length > 0 ? ': ' : ', '}${reason}`, hint: provided.hint }])
}

/** A client id says nothing about where the identity is, and loops are named by ARM ids. */
async function identityOf(
  { identity, identityRef }: LinkerRequest,
  cluster: string,
  services: HandlerContext,
): Promise<string | undefined> {
  if (!identityRef) return identity
  const subscription = identityRef.subscriptionId ?? resourceId(cluster).subscription
  const id = await services.resolveIdentity(identityRef.clientId, subscription)
  if (id !== undefined) return id
  const issue: ValidationIssue = {
    field: 'properties.authInfo.clientId',
    message: `no user-assigned identity with the client id ${identityRef.clientId} is visible in the subscription ${subscription}`,
    hint: 'the client id of an identity that this app may read, with its subscriptionId, or its ARM id as identityId; leave them out and an identity is made',
  }
  throw invalidInput([issue])
}
