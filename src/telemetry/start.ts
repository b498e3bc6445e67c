// Telemetry within the Functions host: set up before the first invocation, flushed before the last. The trace of a request begins in the host
// ("telemetryMode": "OpenTelemetry" in host.json), so that its spans and the app's are one tree:
// https://learn.microsoft.com/azure/azure-functions/opentelemetry-howto
//
// The worker's capability `WorkerOpenTelemetryEnabled` stays off on purpose: it means that the worker exports the logs itself and makes the host drop
// them. The app's logs go through the host, to wherever it exports its own.

import type { TokenCredential } from '@azure/core-auth'
import { app } from '@azure/functions'
import { context, propagation } from '@opentelemetry/api'
import type { TelemetrySettings } from '../config/telemetry.ts'
import { redact } from '../errors/redact.ts'
import { errorFields, say } from './log.ts'

export function startTelemetry(settings: TelemetrySettings | undefined, credential: () => TokenCredential): void {
  // Second line of defence for every line that any code of this app logs. https://github.com/Azure/azure-functions-nodejs-library
  app.hook.log((line) => {
    line.message = redact(line.message)
  })
  if (!settings) return
  let stop: (() => Promise<void>) | undefined
  let startError: unknown
  // An app start that fails ends the worker, again and again, and then the app cannot even be asked why. Telemetry is not worth that: without it the
  // app still answers.
  app.hook.appStart(async () => {
    try {
      const { startSdk } = await import('./sdk.ts')
      stop = await startSdk(settings, credential)
    } catch (error) {
      startError = error
    }
  })
  app.hook.appTerminate(async () => await stop?.())
  app.hook.preInvocation((invocation) => {
    if (startError !== undefined) say(invocation.invocationContext, 'error', { event: 'telemetry not started', ...errorFields(startError) })
    startError = undefined
    const carried = invocation.invocationContext.traceContext
    if (!carried?.traceParent) return
    const carrier = { traceparent: carried.traceParent, ...(carried.traceState ? { tracestate: carried.traceState } : {}) }
    invocation.functionHandler = context.bind(propagation.extract(context.active(), carrier), invocation.functionHandler)
  })
}
