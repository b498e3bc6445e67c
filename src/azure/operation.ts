// Reads the answer to a poll of a long-running operation (https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations).
// Providers use names of their internal phases as status (`ReconcilingDNS`): any status that is not a final one means running.
import { isRecord } from '../errors/raw.ts'
import type { OperationState } from '../ports/azure.ts'

export function operationState(
  httpStatus: number,
  body: Readonly<Record<string, unknown>>,
  retryAfterMs: number | undefined,
): OperationState {
  const running: OperationState = { state: 'running', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  if (typeof body.status !== 'string' || body.status === '') return httpStatus === 202 ? running : { state: 'done' }
  const status = body.status.toLowerCase()
  if (status === 'succeeded') return { state: 'done' }
  if (status.includes('fail')) return { state: 'failed', ...reasonOf(body.error, 'OperationFailed', 'It failed without saying why.') }
  if (status === 'canceled' || status === 'cancelled')
    return { state: 'failed', ...reasonOf(body.error, 'OperationCanceled', 'It was cancelled.') }
  return running
}

/** Nested details belong to the message: sometimes only they show that a conflict will pass. */
function reasonOf(error: unknown, code: string, message: string): { readonly code: string; readonly message: string } {
  if (!isRecord(error)) return { code, message }
  const details = (Array.isArray(error.details) ? error.details : [])
    .slice(0, 10)
    .flatMap((detail) => (isRecord(detail) ? [`${detail.code ?? ''}: ${detail.message ?? ''}`] : []))
  const text = typeof error.message === 'string' ? error.message : message
  return {
    code: typeof error.code === 'string' && error.code !== '' ? error.code : code,
    message: [text, ...(details.length > 0 ? [`(${details.join('; ')})`] : [])].join(' ').slice(0, 2000),
  }
}
