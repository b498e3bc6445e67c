// What is in the Secret of a connection. Only here is a target's credential read: wrapped from the answer of the service to the body of the API server's request.
import { authTypeOf } from '../../auth/catalogue.ts'
import type { Connection } from '../../model/connection.ts'
import { type IdentityFacts, serviceIn } from '../../model/facts.ts'
import { type Secret, secret } from '../../model/secret.ts'
import { keptSecretId, type SecretRef } from '../../model/secret-ref.ts'
import type { View } from '../../model/view.ts'
import type { Ports } from '../../ports/ports.ts'
import { targetOf } from '../../targets/catalogue.ts'
import { credentialOf } from '../../targets/resource.ts'
import { secretValuesOf } from '../../targets/secret-values.ts'
import type { Target } from '../../targets/target-type.ts'
import { type byHandObjects, credentialMark, providedMark } from '../by-hand/objects.ts'
import { slotIn } from './credentials.ts'

export async function dataOf(self: Connection, view: View<'connection'>, ports: Ports): Promise<Secret<Readonly<Record<string, string>>>> {
  const { on } = typeOf(self)
  const source = authTypeOf(self).secret === 'fetched' ? credentialOf(on, self.type) : undefined
  const provided = providedIn(self, view)
  const values = valuesOf(self, view, {
    ...(source
      ? {
          credential: await ports.arm.secret(self.target.id, source.action, on.apiVersion, (answer) =>
            source.pick(answer, slotIn(self, view)),
          ),
        }
      : {}),
    ...(provided ? { provided: await ports.vault.read(provided) } : {}),
  })
  return secret(Object.fromEntries(Object.entries(values).map(([key, value]) => [key, typeof value === 'string' ? value : value.reveal()])))
}

/** Which secret the Secret is made of: that of the app's vault, or the version of the author's that store-secret found. */
export function providedIn({ secret: stored, keptSecret }: Connection, { facts }: View<'connection'>): SecretRef | undefined {
  if (!keptSecret) return stored
  return facts.storedSecret === undefined ? undefined : { id: keptSecretId(keptSecret), version: facts.storedSecret }
}

/** The same with marks in place of credentials, which no report may contain, and the command that prints each. */
export function forPeople(view: View<'connection'>): Pick<ReturnType<Parameters<typeof byHandObjects>[2]>, 'data' | 'commands'> {
  const { self } = view
  if (!self) return {}
  const { on } = typeOf(self)
  const credential = credentialOf(on, self.type)
  const provided = providedIn(self, view)
  const url = `${self.target.id}${credential?.action === undefined ? '' : `/${credential.action}`}?api-version=${on.apiVersion}`
  const method = credential?.action === undefined ? 'get' : 'post'
  const values = valuesOf(self, view, {
    ...(credential ? { credential: secret(credentialMark) } : {}),
    ...(provided ? { provided: secret(providedMark) } : {}),
  })
  const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, typeof value === 'string' ? value : value.reveal()]))
  const commands = {
    ...(credential
      ? { [credentialMark]: `$(az rest --method ${method} --url '${url}' --query "${credential.query(slotIn(self, view))}" --output tsv)` }
      : {}),
    ...(provided ? { [providedMark]: `$(az keyvault secret show --id '${provided.id}' --query value --output tsv)` } : {}),
  }
  return { data, commands }
}

function typeOf(self: Connection): Target {
  const type = targetOf(self.type)
  if (!type) throw new TypeError(`There is no target type ${self.type}`)
  return type
}

/** Readiness has checked these facts before. */
function valuesOf(
  self: Connection,
  view: View<'connection'>,
  credentials: Parameters<typeof secretValuesOf>[3],
): ReturnType<typeof secretValuesOf> {
  const service = serviceIn(view.of(self.target), self.type)
  if (!service) throw new TypeError(`The values of a connection need its ${self.type} to be read first`)
  const identity = self.identity ? { identity: view.of(self.identity) as IdentityFacts } : {}
  return secretValuesOf(typeOf(self), self, { service, tenant: view.installation.tenant, ...identity }, credentials)
}
