// What the body of a PUT asks for, as desired state: read and checked. A secret in it comes apart, for it is no part of what is stored.
import { type Asked, desiredOf } from '../domain/asked.ts'
import type { Complaint } from '../domain/complaint.ts'
import type { Connection, Desired } from '../domain/connection.ts'
import { linkerFields } from '../domain/linker.ts'
import { askOf, type LinkerAsk } from '../domain/linker-ask.ts'
import { loop } from '../domain/loop.ts'
import { resourceId } from '../domain/resource-id.ts'
import type { Secret } from '../domain/secret.ts'
import { complained } from './answers.ts'
import type { Doors } from './doors.ts'

export type Wish = { readonly desired: Desired; readonly rawSecret?: Secret<string> }

export async function wishOf(body: unknown, cluster: string, name: string, doors: Doors, before: Connection | undefined): Promise<Wish> {
  const ask = askOf(body, doors.targets)
  if ('complaints' in ask) throw complained(ask.complaints)
  const { identityRef: _, rawSecret, ...fields } = ask.value
  const asked: Asked = {
    ...fields,
    origin: 'http',
    name,
    cluster: loop('cluster', cluster),
    identity: await identityOf(ask.value, cluster, doors),
  }
  const read = desiredOf(asked, doors.rules, linkerFields)
  if ('complaints' in read) throw complained(read.complaints)
  if (!read.value.servicePrincipal) return { desired: read.value }
  if (rawSecret && !doors.vault)
    throw complained([
      {
        field: 'properties.authInfo.secret',
        wrong: 'this app has no Key Vault, and keeps secrets nowhere else',
        write: 'another authType, such as userAssignedIdentity; or set CONNECTOR_KEY_VAULT of the app (docs/settings.md)',
      },
    ])
  if (rawSecret) return { desired: read.value, rawSecret }
  const moved = before?.secret ? movedFrom(before, read.value) : []
  if (before?.secret && moved.length === 0) return { desired: { ...read.value, secret: before.secret } }
  throw complained([
    {
      field: 'properties.authInfo.secret',
      wrong:
        moved.length > 0
          ? `the client secret is missing: the one that was given before is for the former ${moved.join(' and ')} only`
          : 'the client secret is missing, and none was given before',
      write: 'a client secret of the service principal; it is kept in the Key Vault of the app and never answered',
    },
  ])
}

/** A secret was given for one place, and is never brought to another by somebody who may not know it. */
function movedFrom(before: Desired, now: Desired): readonly string[] {
  const places: readonly (readonly [string, (of: Desired) => string | undefined])[] = [
    ['cluster', ({ cluster }) => cluster.id],
    ['namespace', ({ namespace }) => namespace],
    ['target', ({ targetId }) => targetId],
    ['service principal', ({ servicePrincipal }) => servicePrincipal && `${servicePrincipal.clientId} ${servicePrincipal.principalId}`],
    ['transport', ({ transport }) => transport],
  ]
  return places.flatMap(([name, of]) => (of(before)?.toLowerCase() === of(now)?.toLowerCase() ? [] : [name]))
}

/** A client id says nothing about where the identity lies, and loops are named by ARM ids. */
async function identityOf({ identity, identityRef }: LinkerAsk, cluster: string, doors: Doors): Promise<string | undefined> {
  if (!identityRef) return identity
  const subscription = identityRef.subscriptionId ?? resourceId(cluster).subscription
  const id = await doors.resolveIdentity(identityRef.clientId, subscription)
  if (id !== undefined) return id
  const complaint: Complaint = {
    field: 'properties.authInfo.clientId',
    wrong: `no user-assigned identity with the client id ${identityRef.clientId} is visible in the subscription ${subscription}`,
    write:
      'the client id of an identity that this app may read, with its subscriptionId, or its ARM id as identityId; leave them out and an identity is made',
  }
  throw complained([complaint])
}
