// For the sweep: users of databases that are named after the loop of an identity. Surprising: a name says whose it may be, and not for whom the user stands; so
// the principal of an identity that may have it is compared with the one in the database.
import * as z from 'zod'
import { inShape } from '../../../model/answer-shape.ts'
import { databaseUserOf } from '../../../model/database-user.ts'
import { grantFact } from '../../../model/grant-fact.ts'
import { resourceId } from '../../../model/resource-id.ts'
import type { DatabasePlace, DatabaseUser } from '../../../ports/databases.ts'
import type { Holder, NamedGrant } from '../../../ports/sweep.ts'
import { resourceOf, targets } from '../../../targets/catalogue.ts'
import { resourceIn } from '../../../targets/target-type.ts'
import { type Administrator, databaseServers } from './database-servers.ts'
import { asAdministrator } from './database-sign-in.ts'
import type { Named, SweptPorts } from './grant-type.ts'

const databasesSchema = z.array(z.looseObject({ name: z.string() }))

/** Those of the server itself have no users of the app. */
async function databasesOf(server: string, { arm }: SweptPorts): Promise<readonly string[]> {
  const { type } = resourceId(server)
  const own = targets.flatMap((target) => (resourceIn(target)?.armType === type ? (target.ownChildren ?? []) : []))
  const all = inShape(databasesSchema, await arm.list(`${server}/databases`, resourceOf(type)?.apiVersion ?? ''))
  return all.map(({ name }) => name.split('/').at(-1) ?? name).filter((name) => !own.includes(name.toLowerCase()))
}

export const databaseUsers: Named = {
  on: Object.keys(databaseServers),
  async list(server, ports, isKnown) {
    // A server of others sees no attempt to sign in by a name that may not be the app's.
    const may = ({ isOwn }: Administrator): boolean => isOwn || isKnown
    const found: NamedGrant[] = []
    const unused = new Set<string>()
    for (const database of await databasesOf(server, ports)) {
      const scope = `${server}/databases/${database}`
      const on = <T>(work: (at: DatabasePlace) => Promise<T>): Promise<T | undefined> =>
        asAdministrator({ scope, owner: server }, ports, work, may)
      for (const { name, isUnused } of (await on((at) => ports.databases.users(at))) ?? []) {
        // It belongs to the whole server, and is told of once.
        if (!unused.has(name)) found.push(namedUser(name, scope, ports, on))
        if (isUnused) unused.add(name)
      }
    }
    return found
  },
}

type On = <T>(work: (at: DatabasePlace) => Promise<T>) => Promise<T | undefined>

const namedUser = (name: string, scope: string, { databases }: SweptPorts, on: On): NamedGrant => {
  const userOf = ({ principalId, clientId }: Holder): DatabaseUser => ({ name, objectId: principalId, clientId })
  return {
    kind: 'DatabaseUser',
    id: `${scope}/users/${name}`,
    facts: (['reader', 'writer'] as const).map((role) => grantFact(`databaseRole:${role}`, scope)),
    isNamedFor: (key) => databaseUserOf({ key }) === name,
    isHeldBy: async (holder) => (await on((at) => databases.find(at, userOf(holder))))?.isSame === true,
    remove: async (holder) => {
      await on((at) => databases.revoke(at, userOf(holder)))
    },
  }
}
