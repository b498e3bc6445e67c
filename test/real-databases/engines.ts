// The two servers as the app finds them in Azure: an administrator who is no superuser, and what Azure adds for principals of Entra ID. Only the sign-in is
// another: by password in place of a token.
import { execFileSync } from 'node:child_process'
import { databasesBy } from '../../src/databases/databases.ts'
import { mysqlWith } from '../../src/databases/mysql.ts'
import { postgres } from '../../src/databases/postgres.ts'
import { mysqlIdentifier, mysqlText, postgresIdentifier } from '../../src/databases/sdk.ts'
import { type Open, type Rows, within } from '../../src/databases/session.ts'
import { dialThrough, openerFor } from '../../src/databases/sessions.ts'
import type { GrantObject } from '../../src/model/managed-objects.ts'
import type { DatabasePlace, DatabaseRole, DatabaseUser } from '../../src/ports/databases.ts'
import { removalOf, statementsFor } from '../../src/steps/identity/grants/database-statements.ts'
import type { Engine } from '../databases/users-suite.ts'

export type RealEngine = Engine & {
  /** By the statements that people are shown; PostgreSQL's own client runs them. */
  makeByHand?(user: DatabaseUser, database: string, role: DatabaseRole): void
  removeByHand(user: DatabaseUser, database: string, keeps?: DatabaseRole): Promise<void>
}

/** Here-documents. */
const scripts = (text: string): readonly { readonly command: string; readonly body: string }[] =>
  [...text.matchAll(/^(.*) <<'SQL'\n([\s\S]*?)\nSQL$/gm)].map(([, command = '', body = '']) => ({ command, body }))
const statementsIn = (body: string): readonly string[] =>
  body
    .split(/;$/m)
    .map((one) => one.trim())
    .filter((one) => one !== '')

const objectIn = (type: string, database: string): GrantObject => {
  const owner = `/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/data/providers/${type}/shopdb`
  return {
    kind: 'role-assignment',
    id: '',
    summary: '',
    grant: 'databaseRole',
    owner,
    scope: `${owner}/databases/${database}`,
    principalId: '',
    roleId: '',
    name: '',
  }
}

const postgresType = 'Microsoft.DBforPostgreSQL/flexibleServers'
const dial = dialThrough({})
const password = 'password-in-place-of-a-token'
const at = (engine: 'postgres' | 'mysql', port: number, database: string): DatabasePlace => ({ engine, host: '127.0.0.1', port, database })
const openAs = (place: DatabasePlace, user: string): Open => openerFor(place, { user, password, isToken: false }, dial)
const once = (place: DatabasePlace, user: string, text: string): Promise<Rows> =>
  within(openAs(place, user), place.database, (session) => session.query(text))

/** https://learn.microsoft.com/azure/postgresql/security/security-manage-entra-users */
const entraInPostgres = `
  create role administrator login createrole createdb;
  create table principals (rolname text primary key, objectid text);
  create function pgaadauth_create_principal_with_oid(role_name text, object_id text, object_type text, is_admin boolean, is_mfa boolean)
    returns text language plpgsql security definer as $$ begin
      execute format('create role %I login', role_name);
      insert into principals values (role_name, object_id) on conflict (rolname) do update set objectid = excluded.objectid;
      return 'Created role for ' || role_name;
    end $$;
  create function pgaadauth_list_principals(is_admin boolean) returns table (rolname text, principaltype text, objectid text) language sql security definer as
    $$ select p.rolname, 'service', p.objectid from principals p join pg_roles r on r.rolname = p.rolname $$;`

/** `prepared`: another file has done that already. */
export async function postgresEngine(port: number, prepared?: 'prepared'): Promise<RealEngine> {
  const place = (database: string): DatabasePlace => at('postgres', port, database)
  if (!prepared) await once(place('postgres'), 'root', entraInPostgres)
  const databases = databasesBy({ postgres }, async (one) => openAs(one, 'administrator'))
  const administer = (database: string, text: string): Promise<Rows> => once(place(database), 'administrator', text)
  /** What the here-document says, to this server. */
  const byHand = (text: string, database: string): void => {
    for (const { command, body } of scripts(text)) {
      const isHome = command.includes(" dbname='\\''postgres'\\'' ")
      const env = { ...process.env, PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'administrator', PGPASSWORD: password }
      execFileSync('psql', ['--no-psqlrc', '--quiet'], {
        input: `${body}\n`,
        env: { ...env, PGDATABASE: isHome ? 'postgres' : database },
        stdio: ['pipe', 'ignore', 'pipe'],
      })
    }
  }
  return {
    databases,
    speaks: 'postgres',
    place,
    quoted: postgresIdentifier,
    administer,
    use: (user, database, text) => once(place(database), user, text),
    async makeDatabase(name) {
      await administer('postgres', `create database ${postgresIdentifier(name)}`)
    },
    async dropDatabase(name) {
      await administer('postgres', `drop database ${postgresIdentifier(name)}`)
    },
    async giveMore(user, database) {
      await administer(database, `grant create on schema public to ${postgresIdentifier(user)}`)
    },
    makeByHand: (user, database, role) => byHand(statementsFor(objectIn(postgresType, database), user, role), database),
    async takeAll(user, database) {
      await once(place(database), 'root', `drop owned by ${postgresIdentifier(user)}`)
    },
    async removeByHand(user, database, keeps) {
      byHand(removalOf(objectIn(postgresType, database), user, keeps), database)
    },
    users: async () =>
      (await administer('postgres', `select rolname from pg_roles where rolname like 'sc%'`)).map(({ rolname }) => String(rolname)),
  }
}

export async function mariadbEngine(port: number): Promise<RealEngine> {
  const place = (database: string): DatabasePlace => at('mysql', port, database)
  const asRoot = (text: string): Promise<Rows> =>
    within(openerFor(place('mysql'), { user: 'root', password: '', isToken: false }, dial), 'mysql', (session) => session.query(text))
  await asRoot(`CREATE USER administrator@'%' IDENTIFIED BY ${mysqlText(password)}`)
  await asRoot(`GRANT ALL PRIVILEGES ON *.* TO administrator@'%' WITH GRANT OPTION`)
  // Azure keeps the client id where others keep the digest of a password. Here users sign in by one, and the test remembers whom each stands for.
  const clients = new Map<string, string>()
  const dialect = mysqlWith({
    async create(session, { name, clientId }) {
      await session.query(`CREATE USER ${mysqlText(name)}@'%' IDENTIFIED BY ${mysqlText(password)}`)
      clients.set(name, clientId)
    },
    standsFor: ({ name, clientId }) => clients.get(name) === clientId,
  })
  const databases = databasesBy({ mysql: dialect }, async (one) => openAs(one, 'administrator'))
  const administer = (database: string, text: string): Promise<Rows> => once(place(database), 'administrator', text)
  return {
    databases,
    speaks: 'mysql',
    place,
    quoted: mysqlIdentifier,
    administer,
    use: (user, database, text) => once(place(database), user, text),
    async makeDatabase(name) {
      await administer('mysql', `CREATE DATABASE ${mysqlIdentifier(name)}`)
    },
    async dropDatabase(name) {
      await administer('mysql', `DROP DATABASE ${mysqlIdentifier(name)}`)
    },
    async giveMore(user, database) {
      await administer('mysql', `GRANT CREATE ON ${mysqlIdentifier(database)}.* TO ${mysqlText(user)}@'%'`)
    },
    async takeAll(user, database) {
      await administer(database, `REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${mysqlText(user)}@'%'`)
    },
    async removeByHand(user, database, keeps) {
      for (const { body } of scripts(removalOf(objectIn('Microsoft.DBforMySQL/flexibleServers', database), user, keeps)))
        await within(openAs(place(''), 'administrator'), 'mysql', async (session) => {
          for (const one of statementsIn(body)) await session.query(one)
        })
    },
    users: async () => (await administer('mysql', `SELECT User FROM mysql.user WHERE User LIKE 'sc%'`)).map(({ User }) => String(User)),
  }
}
