// What is in the Secret of a connection. Only here is a target's credential read: wrapped from the answer of the service to the body of the API server's request.
import { authTypeOf } from '../../auth/catalogue.ts'
import type { Connection } from '../../model/connection.ts'
import { type IdentityFacts, serviceIn } from '../../model/facts.ts'
import { type Secret, secret } from '../../model/secret.ts'
import type { View } from '../../model/view.ts'
import type { Ports } from '../../ports/ports.ts'
import { targetOf } from '../../targets/catalogue.ts'
import { credentialOf } from '../../targets/resource.ts'
import { secretValuesOf } from '../../targets/secret-values.ts'
import type { Target } from '../../targets/target-type.ts'

export async function dataOf(self: Connection, view: View<'connection'>, ports: Ports): Promise<Secret<Readonly<Record<string, string>>>> {
  const { on } = typeOf(self)
  const source = authTypeOf(self).secret === 'fetched' ? credentialOf(on, self.type) : undefined
  const values = valuesOf(self, view, {
    ...(source ? { credential: await ports.arm.secret(self.target.id, source.action, on.apiVersion, source.pick) } : {}),
    ...(self.secret ? { provided: await ports.vault.read(self.secret) } : {}),
  })
  return secret(Object.fromEntries(Object.entries(values).map(([key, value]) => [key, typeof value === 'string' ? value : value.reveal()])))
}

/** The same with commands in place of credentials, which no report may contain. */
export function forPeople(view: View<'connection'>): Readonly<Record<string, string>> {
  const { self } = view
  if (!self) return {}
  const { on } = typeOf(self)
  const credential = credentialOf(on, self.type)
  const show = (command: string): Secret<string> => secret(`$(${command} --output tsv)`)
  const url = `${self.target.id}${credential?.action === undefined ? '' : `/${credential.action}`}?api-version=${on.apiVersion}`
  const method = credential?.action === undefined ? 'get' : 'post'
  const values = valuesOf(self, view, {
    ...(credential ? { credential: show(`az rest --method ${method} --url '${url}' --query '${credential.query}'`) } : {}),
    ...(self.secret ? { provided: show(`az keyvault secret show --id '${self.secret.id}' --query value`) } : {}),
  })
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, typeof value === 'string' ? value : value.reveal()]))
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
