// What users do with tables of MySQL, as far as their rights on the database let them.
import { mysqlNames } from '../databases/names.ts'
import { type TableStatement, tableStatements } from '../databases/tables.ts'
import { folded, type MysqlServer, type MysqlSession, may, type Ran } from './model.ts'
import { MysqlRefusal } from './protocol.ts'

const read = tableStatements(mysqlNames)

/** Of the table or the database: https://dev.mysql.com/doc/refman/8.0/en/privileges-provided.html */
const privileges: Readonly<Record<TableStatement['takes'], string>> = {
  SELECT: 'SELECT',
  INSERT: 'INSERT',
  UPDATE: 'UPDATE',
  DELETE: 'DELETE',
  TRUNCATE: 'DROP',
  make: 'CREATE',
  own: 'DROP',
}

export function onTable(server: MysqlServer, text: string, { user, database, isAdministrator }: MysqlSession): Ran | undefined {
  const statement = read(text)
  if (!statement) return undefined
  const { takes, isRead, after } = statement
  const [inDatabase, table] = [folded(statement.schema ?? database), folded(statement.table)]
  const tables = server.databases[inDatabase]
  const verb = text.split(' ')[0]?.toUpperCase()
  if (!isAdministrator && !may(server, user, privileges[takes], inDatabase))
    throw new MysqlRefusal(1142, '42000', `${verb} command denied to user '${user}'@'%' for table '${table}'`)
  const rows = tables?.[table]
  const become = (now: typeof rows | 'gone'): Ran => {
    const { [table]: _before, ...others } = tables ?? {}
    const left = now === 'gone' || now === undefined ? others : { ...others, [table]: now }
    return { answer: 'done', after: { ...server, databases: { ...server.databases, [inDatabase]: left } } }
  }
  if (!tables) throw new MysqlRefusal(1049, '42000', `Unknown database '${inDatabase}'`)
  if (takes === 'make') {
    if (rows) throw new MysqlRefusal(1050, '42S01', `Table '${table}' already exists`)
    return become([])
  }
  if (!rows) throw new MysqlRefusal(1146, '42S02', `Table '${inDatabase}.${table}' doesn't exist`)
  if (isRead) return { answer: { columns: ['id'], rows: rows.map((one) => [one]) } }
  return after ? become(after(rows)) : undefined
}
