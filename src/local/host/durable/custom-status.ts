// The custom status as JSON. Too long a one fails the orchestration, on a real host too.

import type { OrchestratorState } from './actions.ts'

const limit = 16 * 1024

export const customStatusOf = (name: string, { customStatus }: OrchestratorState): { json: string | null } | { failed: string } => {
  if (customStatus === undefined || customStatus === null) return { json: null }
  const json = JSON.stringify(customStatus)
  const bytes = json.length * 2
  if (bytes <= limit) return { json }
  const text = `The UTF-16 size of the JSON-serialized payload must not exceed 16 KB. The current payload size is ${Math.floor(bytes / 1024)} KB.`
  return { failed: `Orchestrator function '${name}' failed: ${text}` }
}
