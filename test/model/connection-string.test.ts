import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isConnectionString, withProperties } from '../../src/model/connection-string.ts'
import documented from '../targets/service-connector.json' with { type: 'json' }

const tables: Readonly<
  Record<string, { readonly secret: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>> }>
> = documented
const extra = { Timeout: '30', 'Max Pool': 'a b' }

describe('properties at the end of a connection string', () => {
  it.each([
    ['Endpoint=sb://a/;SharedAccessKey=k', 'Endpoint=sb://a/;SharedAccessKey=k;Timeout=30;Max Pool=a b'],
    ['Endpoint=https://a;AccessKey=k;Version=1.0;', 'Endpoint=https://a;AccessKey=k;Version=1.0;Timeout=30;Max Pool=a b;'],
    ['cache:6380,password=k=,ssl=True', 'cache:6380,password=k=,ssl=True,Timeout=30,Max Pool=a b'],
    ['rediss://:k@cache:6380/0', 'rediss://:k@cache:6380/0?Timeout=30&Max%20Pool=a%20b'],
    ['mongodb://u:p@a:10255/?ssl=true', 'mongodb://u:p@a:10255/?ssl=true&Timeout=30&Max%20Pool=a%20b'],
    ['jdbc:postgresql://a:5432/b?sslmode=require', 'jdbc:postgresql://a:5432/b?sslmode=require&Timeout=30&Max%20Pool=a%20b'],
    ['jdbc:sqlserver://a:1433;databaseName=b;', 'jdbc:sqlserver://a:1433;databaseName=b;Timeout=30;Max Pool=a b;'],
    ['u:p@tcp(a:3306)/b', 'u:p@tcp(a:3306)/b?Timeout=30&Max%20Pool=a%20b'],
    ['dbname=b host=a port=5432', 'dbname=b host=a port=5432 Timeout=30 Max Pool=a b'],
  ])('of %s', (text, expected) => {
    expect(withProperties(text, extra)).toBe(expected)
  })

  it('stand after the whole of every documented one, and nothing else is touched', () => {
    const texts = Object.values(tables).flatMap(({ secret }) =>
      Object.values(secret).flatMap((clients) =>
        Object.values(clients).flatMap((row) => Object.entries(row).flatMap(([key, text]) => (isConnectionString(key) ? [text] : []))),
      ),
    )
    expect(texts.length).toBeGreaterThan(30)
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.stringMatching(/^[a-z]{1,8}$/),
        fc.stringMatching(/^[a-z0-9]{1,8}$/),
        (text, name, value) => {
          const written = withProperties(text, { [name]: value })
          expect(written.startsWith(text)).toBe(true)
          expect(written.slice(text.length)).toMatch(new RegExp(`^[;,?& ]?${name}=${value};?$`))
          expect(withProperties(text, {})).toBe(text)
        },
      ),
    )
  })

  it('are not for the address of a list of connection strings', () => {
    expect(['AZURE_COSMOS_LISTCONNECTIONSTRINGURL', 'AZURE_COSMOS_RESOURCEENDPOINT'].filter(isConnectionString)).toEqual([])
    expect(['AZURE_REDIS_CONNECTIONSTRING', 'APPLICATIONINSIGHTS_CONNECTION_STRING'].every(isConnectionString)).toBe(true)
  })
})
