// What the values of a connection are made of: what is known of its target and identity, and the credentials, that of the target and what the author
// provides. Wrapped from the answer of the service on.
import { authTypeOf } from '../../auth/catalogue.ts'
import type { Connection } from '../../model/connection.ts'
import { type IdentityFacts, serviceIn } from '../../model/facts.ts'
import { firstSlot, type KeySlot } from '../../model/key-slot.ts'
import { secret } from '../../model/secret.ts'
import { keptSecretId, type SecretRef } from '../../model/secret-ref.ts'
import type { View } from '../../model/view.ts'
import type { Ports } from '../../ports/ports.ts'
import { targetOf } from '../../targets/catalogue.ts'
import { type Credential, credentialOf, type Resource } from '../../targets/resource.ts'
import type { Credentials, Known } from '../../targets/secret-values.ts'
import { resourceIn, type Target } from '../../targets/target-type.ts'
import { credentialMark, providedMark } from '../by-hand/objects.ts'

export function targetTypeOf(self: Connection): Target {
  const type = targetOf(self.type)
  if (!type) throw new TypeError(`There is no target type ${self.type}`)
  return type
}

/** Readiness has checked these facts before. */
export function knownFor(self: Connection, view: View<'connection'>): Known {
  const service = serviceIn(view.of(self.target), self.type)
  if (!service) throw new TypeError(`The values of a connection need its ${self.type} to be read first`)
  const identity = self.identity ? { identity: view.of(self.identity) as IdentityFacts } : {}
  return { service, tenant: view.installation.tenant, ...identity }
}

/** Which secret the values are made of: that of the app's vault, or the version of the author's that store-secret found. */
export function providedIn({ secret: stored, keptSecret }: Connection, { facts }: View<'connection'>): SecretRef | undefined {
  if (!keptSecret) return stored
  return facts.storedSecret === undefined ? undefined : { id: keptSecretId(keptSecret), version: facts.storedSecret }
}

export async function credentialsFor(self: Connection, view: View<'connection'>, ports: Ports): Promise<Credentials> {
  const source = fetchedFor(self)
  const provided = providedIn(self, view)
  const pick = (answer: unknown): string => source?.pick(answer, slotIn(self, view)) ?? ''
  return {
    ...(source ? { credential: await ports.arm.secret(self.target.id, source.action, source.apiVersion, pick) } : {}),
    ...(provided ? { provided: await ports.vault.read(provided) } : {}),
  }
}

/** Marks in place of credentials, which no report may contain, and for each the command that prints what it stands for. */
export function marksFor(
  self: Connection,
  view: View<'connection'>,
): { readonly credentials: Credentials; readonly commands: Readonly<Record<string, string>> } {
  const source = fetchedFor(self)
  const provided = providedIn(self, view)
  const url = `${self.target.id}${source?.action === undefined ? '' : `/${source.action}`}?api-version=${source?.apiVersion}`
  const method = source?.action === undefined ? 'get' : 'post'
  return {
    credentials: {
      ...(source ? { credential: secret(credentialMark) } : {}),
      ...(provided ? { provided: secret(providedMark) } : {}),
    },
    commands: {
      ...(source
        ? { [credentialMark]: `$(az rest --method ${method} --url '${url}' --query "${source.query(slotIn(self, view))}" --output tsv)` }
        : {}),
      ...(provided ? { [providedMark]: `$(az keyvault secret show --id '${provided.id}' --query value --output tsv)` } : {}),
    },
  }
}

function fetchedFor(self: Connection): (Credential & Pick<Resource, 'apiVersion'>) | undefined {
  const resource = resourceIn(targetTypeOf(self))
  if (!resource || authTypeOf(self).secret !== 'fetched') return undefined
  const credential = credentialOf(resource, self.type)
  return credential && { ...credential, apiVersion: resource.apiVersion }
}

const slotIn = (self: Connection, view: View<'connection'>): KeySlot => view.of(self.target).keys?.slot ?? firstSlot
