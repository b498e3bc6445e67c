// GET …/linkers/<name>/history: what was changed of a connection and of what it shares, when and why, the newest first. It outlives the connection.
import type { HttpResponseInit } from '@azure/functions'
import { loopsOf } from '../../model/connection.ts'
import { type HistoryEntry, historyMs } from '../../model/history.ts'
import { concerns } from '../../model/problem.ts'
import { json } from '../http/answers.ts'
import type { Call } from '../http/call.ts'
import { numberIn } from '../http/query.ts'
import { linkerLoop, noSuchLinker } from '../linkers/linker-name.ts'

export async function getHistory({ services, url }: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const top = numberIn(url.searchParams, 'top', { from: 1, to: 1000, otherwise: 200 })
  const connection = linkerLoop(cluster, name)
  const since = services.now() - historyMs
  const row = (await services.store.read(connection))?.row
  const loops = [connection, ...(row?.self ? loopsOf(row.self) : [])]
  const entries = (await Promise.all(loops.map((loop) => services.store.history(loop, since)))).flat()
  if (!row?.self && entries.length === 0) throw noSuchLinker(cluster, name)
  // What others did with a shared loop before this connection was there is not its history.
  const shown = entries
    .filter((one) => one.loop === 'connection' || one.at >= (row?.createdAt ?? 0))
    .flatMap((one) => answered(one, connection.key))
  return json(200, { value: shown.sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, top) })
}

/** A problem of another member is not told. */
function answered({ problems = [], at, changes, ...entry }: HistoryEntry, key: Parameters<typeof concerns>[1]) {
  const own = problems
    .filter((problem) => concerns(problem, key))
    .map(({ code, text, cause, remediation }) => ({ code, text, cause, remediation }))
  if (problems.length > 0 && own.length === 0 && changes.length === 0) return []
  return [{ at: new Date(at).toISOString(), ...entry, changes, ...(own.length > 0 ? { problems: own } : {}) }]
}
