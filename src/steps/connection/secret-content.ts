// What is in the Secrets of a connection: values become the body of the API server's request without having been seen in between.
import type { Connection } from '../../model/connection.ts'
import { type Secret, secret } from '../../model/secret.ts'
import type { View } from '../../model/view.ts'
import type { Ports } from '../../ports/ports.ts'
import { type Credentials, secretValuesOf } from '../../targets/secret-values.ts'
import type { byHandObjects } from '../by-hand/objects.ts'
import { credentialsFor, knownFor, marksFor, targetTypeOf } from './credentials.ts'

type Values = Readonly<Record<string, string | Secret<string>>>

/** Several values as one, closed again at once. */
export const closed = (values: Values): Secret<Readonly<Record<string, string>>> => secret(open(values))

export const dataOf = async (self: Connection, view: View<'connection'>, ports: Ports): Promise<ReturnType<typeof closed>> =>
  closed(valuesOf(self, view, await credentialsFor(self, view, ports)))

/** With marks in place of credentials, and the commands that print those. */
export function forPeople(
  self: Connection,
  view: View<'connection'>,
  values: (credentials: Credentials) => Values = (credentials) => valuesOf(self, view, credentials),
): Pick<ReturnType<Parameters<typeof byHandObjects>[2]>, 'data' | 'commands'> {
  const { credentials, commands } = marksFor(self, view)
  return { data: open(values(credentials)), commands }
}

const valuesOf = (self: Connection, view: View<'connection'>, credentials: Credentials): Values =>
  secretValuesOf(targetTypeOf(self), self, knownFor(self, view), credentials)

const open = (values: Values): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, typeof value === 'string' ? value : value.reveal()]))
