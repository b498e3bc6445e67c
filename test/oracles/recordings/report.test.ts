import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readRecordings } from './exchange.ts'
import { comparable } from './relevant.ts'
import { report } from './report.ts'

const kind = 'PUT contoso.things/widgets'
const compared = (...what: readonly string[]) => ({
  kinds: [{ kind, recorded: 1, answered: 1, differences: what.map((line) => ({ kind, what: line })) }],
  onlyRecorded: ['PUT contoso.things/gadgets', 'GET contoso.things/gadgets'],
  onlyAnswered: [],
})
const known = [{ kind: /widgets$/, what: /size/, reason: 'Widgets: nothing reads their size' }]

it('gives the reason once for all differences that it explains, and counts what nothing explains', () => {
  const { lines, unexplained } = report(
    compared('201 .size: only recorded', '200 .size: only recorded', '201 .colour: never recorded'),
    known,
    9,
  )
  expect(unexplained).toBe(1)
  expect(lines.join('\n')).toBe(`These differ, and are meant to:
  Widgets: nothing reads their size
    PUT contoso.things/widgets: 2

2 kinds are recorded, and not simulated:
  contoso.things: 2

Unexplained: correct the simulated cloud or the app, or say in known-differences.ts why it is meant:
  PUT contoso.things/widgets: 201 .colour: never recorded

9 exchanges recorded. 1 kinds compared: 0 agree, 2 differences are explained, 1 are not.`)
})

it('names entries that explain nothing', () => {
  expect(report(compared(), known, 1).lines.join('\n')).toContain(
    'Entries of known-differences.ts that this run did not need:\n  /widgets$/ /size/',
  )
})

const folderWith = (files: Readonly<Record<string, readonly object[]>>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'recordings-'))
  for (const [name, rows] of Object.entries(files))
    writeFileSync(join(folder, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  return folder
}
const row = { source: 'a', seq: 1, method: 'GET', path: '/subscriptions/x?api-version=1', status: 200, headers: {}, body: '' }

it('reads each exchange of a folder once, whatever files repeat it', () => {
  expect(readRecordings(folderWith({ 'a.jsonl': [row, { ...row, seq: 2 }], 'errors.jsonl': [row] }))).toHaveLength(2)
})

it('says which line is no exchange', () => {
  expect(() => readRecordings(folderWith({ 'a.jsonl': [row, { ...row, status: '200' }] }))).toThrow(/a\.jsonl:2 is no recorded exchange/)
})

it('compares of Service Connector only what was recorded on AKS clusters, and the polls of those recordings', () => {
  const linker = '/providers/Microsoft.ServiceLinker/linkers/one'
  const on = (source: string, path: string) => ({ method: 'GET', path, status: 200, headers: {}, body: '', source })
  const polled = '/subscriptions/x/providers/Microsoft.ServiceLinker/locations/EASTUS/operationStatuses/1'
  const onCluster = [on('aks', `/subscriptions/x/providers/Microsoft.ContainerService/managedClusters/c${linker}`), on('aks', polled)]
  const onApp = [on('web', `/subscriptions/x/providers/Microsoft.Web/sites/s${linker}`), on('web', polled)]
  expect(comparable([...onCluster, ...onApp])).toEqual(onCluster)
})
