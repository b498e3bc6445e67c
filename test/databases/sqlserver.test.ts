// Users of Azure SQL through the driver, over TLS and with a token, against a server of the test's own (tds-peer.ts): what is sent, and how refusals are told. What
// the fixed roles allow in an engine is not tried here.
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { databasesBy } from '../../src/databases/databases.ts'
import { dialThrough, openerFor } from '../../src/databases/sessions.ts'
import { inBrackets, inUnicode, sqlServer } from '../../src/databases/sqlserver.ts'
import { openSqlServer } from '../../src/databases/sqlserver-session.ts'
import { emptyDatabase } from '../../src/local/cloud/sql/statements.ts'
import { databaseUserOf, sqlServerSid } from '../../src/model/database-user.ts'
import { loop } from '../../src/model/loop.ts'
import type { DatabasePlace, DatabaseUser } from '../../src/ports/databases.ts'
import { type Peer, tdsPeer } from './tds-peer.ts'

const user: DatabaseUser = { name: 'sc_user', objectId: 'o1', clientId: '0d0c5b1e-1122-3344-5566-77889900aabb' }
const sid = '0x1E5B0C0D22114433556677889900AABB'
const other: DatabaseUser = { ...user, objectId: 'o2', clientId: 'ffffffff-1122-3344-5566-77889900aabb' }
const signIn = { user: '', password: 'a.token.of-entra', isToken: true }

async function server(...names: readonly string[]) {
  const peer: Peer = await tdsPeer()
  onTestFinished(() => peer.close())
  for (const name of names) peer.databases.set(name, emptyDatabase)
  const place = (database: string): DatabasePlace => ({ engine: 'sqlserver', host: 'localhost', port: peer.port, database })
  const databases = databasesBy({ sqlserver: sqlServer }, async (at) => openerFor(at, signIn, dialThrough({})))
  const shop = () => peer.databases.get('shop') ?? emptyDatabase
  return { peer, place, databases, shop }
}

describe('users of Azure SQL', () => {
  it('are made by the id of their application, which needs no look-up, and write and read', async () => {
    const { peer, place, databases } = await server('shop')
    expect(await databases.find(place('shop'), user)).toBeUndefined()
    await databases.grant(place('shop'), user, 'writer')
    expect(peer.said).toEqual([
      `CREATE USER [sc_user] WITH SID = ${sid}, TYPE = E`,
      'ALTER ROLE [db_datareader] ADD MEMBER [sc_user]',
      'ALTER ROLE [db_datawriter] ADD MEMBER [sc_user]',
    ])
    expect(await databases.find(place('shop'), user)).toEqual({ isSame: true, roles: ['reader', 'writer'], isUnused: false })
    await databases.grant(place('shop'), user, 'writer')
    expect(peer.said).toHaveLength(3)
  })

  it('are listed by the names that the app gives', async () => {
    const { peer, place, databases } = await server('shop')
    const named = databaseUserOf(loop('identity', 'one'))
    const users = Object.fromEntries([named, 'office', 'sc_office'].map((name) => [name, { sid, type: 'E' }]))
    peer.change('shop', { users: { ...users, [databaseUserOf(loop('identity', 'two'))]: { sid, type: 'X' } } })
    expect(await databases.users(place('shop'))).toEqual([{ name: named, isUnused: false }])
  })

  it('are granted at once as if it were once', async () => {
    const { place, databases, shop } = await server('shop')
    await Promise.all([1, 2, 3].map(() => databases.grant(place('shop'), user, 'reader')))
    expect(shop().users).toEqual({ sc_user: { sid, type: 'E' } })
    expect(await databases.find(place('shop'), user)).toMatchObject({ roles: ['reader'] })
  })

  it('keep what another connection needs, and go with the last one', async () => {
    const { place, databases, shop } = await server('shop')
    await databases.grant(place('shop'), user, 'writer')
    await databases.revoke(place('shop'), user, 'reader')
    expect(shop().members).toEqual([{ role: 'db_datareader', user: user.name }])
    await databases.revoke(place('shop'), user)
    expect(shop()).toEqual(emptyDatabase)
    await databases.revoke(place('shop'), user)
  })

  it('stay with what others gave them, and while they own a schema', async () => {
    const { peer, place, databases, shop } = await server('shop')
    const byOthers = () => [...shop().members, { role: 'db_ddladmin', user: user.name }]
    for (const given of [() => ({ members: byOthers() }), () => ({ granted: [user.name] })]) {
      await databases.grant(place('shop'), user, 'writer')
      peer.change('shop', given())
      await databases.revoke(place('shop'), user)
      expect(Object.keys(shop().users)).toEqual([user.name])
      expect(await databases.find(place('shop'), user)).toMatchObject({ roles: [], isUnused: false })
      peer.change('shop', { members: [], granted: [] })
    }
    peer.change('shop', { owners: [user.name] })
    await expect(databases.revoke(place('shop'), user)).rejects.toMatchObject({ fields: { code: 'DatabaseUserOwns' } })
    expect(await databases.find(place('shop'), user)).toMatchObject({ isUnused: true })
  })

  it('of another principal under the same name are left alone', async () => {
    const { peer, place, databases } = await server('shop')
    await databases.grant(place('shop'), user, 'writer')
    const before = peer.said.length
    expect(await databases.find(place('shop'), other)).toMatchObject({ isSame: false })
    await expect(databases.grant(place('shop'), other, 'writer')).rejects.toMatchObject({ fields: { code: 'DatabaseUserTaken' } })
    await databases.revoke(place('shop'), other)
    expect(peer.said).toHaveLength(before)
  })

  it.each([
    [18456, 'NotDatabaseAdministrator', 'permission'],
    [40615, 'DatabaseUnreachable', 'manual'],
    [47073, 'DatabaseUnreachable', 'manual'],
    // A serverless database that is paused: the attempt wakes it.
    [40613, 'DatabaseRefused', 'transient'],
    [4060, 'DatabaseMissing', 'manual'],
  ])('whose sign-in is refused with %i are told as %s', async (number, code, failure) => {
    const { peer, place, databases } = await server('shop')
    peer.refusals.push(number)
    await expect(databases.grant(place('shop'), user, 'writer')).rejects.toMatchObject({ fields: { code, class: failure } })
    expect(peer.said).toEqual([])
  })

  it('are told as refused where their principal has a user of another name', async () => {
    const { peer, place, databases } = await server('shop')
    peer.change('shop', { users: { 'by hand': { sid, type: 'E' } } })
    await expect(databases.grant(place('shop'), user, 'writer')).rejects.toMatchObject({
      fields: { code: 'DatabaseRefused', about: { answer: 'SQL15063' } },
    })
  })

  it('have a database of any name', async () => {
    const { peer, place, databases } = await server()
    await fc.assert(
      fc.asyncProperty(
        fc.string({ minLength: 1, maxLength: 30, unit: fc.constantFrom("'", ']', '[', ';', '"', '-', ' ', 'a', 'é', '💾') }),
        async (name) => {
          peer.databases.set(name, emptyDatabase)
          await databases.grant(place(name), user, 'reader')
          expect(peer.signIns.at(-1)).toEqual({ database: name, token: signIn.password })
        },
      ),
      { numRuns: 10 },
    )
  })
})

describe('a session of Azure SQL', () => {
  it.each([
    ['does not encrypt', { encrypts: false }, /encrypt/i],
    ['no known authority vouches for', { isTrusted: false }, /certificate/i],
  ])('sends no token to a server that %s', async (_what, how, refusal) => {
    const peer = await tdsPeer(how)
    onTestFinished(() => peer.close())
    const at = { host: 'localhost', port: peer.port, database: 'shop' }
    await expect(openSqlServer(at, signIn, dialThrough({}), 2000)).rejects.toThrow(refusal)
    expect(peer.signIns).toEqual([])
  })

  it('ends where the server falls silent', async () => {
    const mute = createServer((socket) => socket.on('error', () => undefined).resume())
    await once(mute.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => void mute.close())
    const { port } = mute.address() as AddressInfo
    await expect(openSqlServer({ host: '127.0.0.1', port, database: 'shop' }, signIn, dialThrough({}), 50)).rejects.toMatchObject({
      code: 'ETIMEOUT',
    })
  })
})

describe('words of Azure SQL', () => {
  it('are one name and one text, whatever they are', () => {
    const hostile = fc.string({ unit: fc.constantFrom("'", ']', '[', ';', '"', 'a', ' ') })
    fc.assert(
      fc.property(hostile, (word) => {
        expect(/^\[((?:[^\]]|\]\])*)\]$/.exec(inBrackets(word))?.[1]?.replaceAll(']]', ']')).toBe(word)
        expect(/^N'((?:[^']|'')*)'$/.exec(inUnicode(word))?.[1]?.replaceAll("''", "'")).toBe(word)
      }),
    )
  })

  it('have an application as its client id, as .NET writes the bytes of a GUID', () => {
    expect(sqlServerSid('00112233-4455-6677-8899-aabbccddeeff')).toBe('0x33221100554477668899AABBCCDDEEFF')
  })
})
