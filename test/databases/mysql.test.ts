// Names of databases in grants of MySQL, by the settings of its server; the rest is tried on a real one (test/real-databases).
import { expect, it } from 'vitest'
import { mysql } from '../../src/databases/mysql.ts'
import type { Session } from '../../src/databases/session.ts'

const user = { name: 'sc_user', objectId: 'o', clientId: 'c0ffee' }

/** A server with the user, and every database. `said`: the statements that change something. */
function server(folded: number, partialRevokes?: string) {
  const said: string[] = []
  const session: Session = {
    async query(text) {
      if (text.includes('AS folded')) return [{ folded }]
      if (text.startsWith('SHOW VARIABLES'))
        return partialRevokes === undefined ? [] : [{ Variable_name: 'partial_revokes', Value: partialRevokes }]
      if (text.includes('authentication_string')) return [{ auth: 'AADSP:C0FFEE:tenant' }]
      if (text.includes('SCHEMATA')) return [{ one: 1 }]
      if (text.includes('SCHEMA_PRIVILEGES WHERE GRANTEE = ? AND BINARY')) return ['SELECT', 'DROP'].map((privilege) => ({ privilege }))
      if (!text.startsWith('SELECT')) said.push(text)
      return []
    },
    end: async () => undefined,
  }
  return { said, open: async () => session }
}

it.each([
  { folded: 0, partialRevokes: undefined, inGrant: '`My\\_Shop`' },
  { folded: 1, partialRevokes: undefined, inGrant: '`my\\_shop`' },
  { folded: 1, partialRevokes: 'OFF', inGrant: '`my\\_shop`' },
  { folded: 2, partialRevokes: 'ON', inGrant: '`my_shop`' },
])(
  'a database is $inGrant in grants with lower_case_table_names=$folded and partial_revokes=$partialRevokes',
  async ({ folded, partialRevokes, inGrant }) => {
    const { said, open } = server(folded, partialRevokes)
    await mysql.grant(open, 'My_Shop', user, 'reader')
    await mysql.revoke(open, 'My_Shop', user, undefined)
    expect(said).toEqual([
      `GRANT SELECT, SHOW VIEW ON ${inGrant}.* TO 'sc_user'@'%'`,
      // Not DROP, which another gave.
      `REVOKE SELECT ON ${inGrant}.* FROM 'sc_user'@'%'`,
      `DROP USER IF EXISTS 'sc_user'@'%'`,
    ])
  },
)
