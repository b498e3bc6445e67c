import { describe, expect, it } from 'vitest'
import { connectionStringIssues } from '../../src/declare/connection-string-properties.ts'

const keys = ['AZURE_STORAGEBLOB_CONNECTIONSTRING']
const messages = (added: Record<string, string>, of = keys) => connectionStringIssues(added, of).map(({ message }) => message)

describe('properties that an author adds to connection strings', () => {
  it('are taken where they only tune the client', () => {
    const tuning = {
      Timeout: '30',
      'Max Pool Size': '10',
      TrustServerCertificate: 'False',
      sslmode: 'verify-full',
      TransportType: 'AmqpWebSockets',
    }
    expect(messages(tuning)).toEqual([])
    expect(messages({}, [])).toEqual([])
  })

  it('need a connection string', () => {
    expect(messages({ Timeout: '30' }, ['AZURE_STORAGEBLOB_RESOURCEENDPOINT'])).toEqual(['the connection writes no connection string'])
  })

  it.each([
    ...['Endpoint', 'BlobEndpoint', 'EndpointSuffix', 'host', 'hostaddr', 'Server', 'Data Source', 'AccountName', 'IngestionEndpoint'],
    ...['AccountKey', 'SharedAccessKey', 'SharedAccessSignature', 'Password', 'PWD', 'User ID', 'uid', 'AuthType', 'ClientSecret'],
  ])('never say where to connect or how to sign in: %s', (name) => {
    expect(messages({ [name]: 'other' })).toEqual([`the connection itself says where to connect and how to sign in: '${name}'`])
  })

  it.each(['a;Endpoint=other', 'a,password=x', 'a&host=x', '"', "'", 'a\nb', ''])('never end early: %j', (value) => {
    expect(messages({ Timeout: value })).toEqual(["these have values that would end them: 'Timeout'"])
  })

  it.each(['a=b;Endpoint', '', ' a', 'a;'])('have names: %j', (name) => {
    expect(messages({ [name]: '1' })[0]).toMatch(/^not valid as names/)
  })
})
