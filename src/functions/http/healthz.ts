// GET /healthz: whether the app is configured, runs and reaches its store. For probes, so without a sign-in: its errors contain only the names of
// settings, which are public. The log has the rest.
import type { HttpResponseInit } from '@azure/functions'
import { Failure } from '../../errors/failure.ts'
import { SettingsError } from '../../errors/settings-error.ts'
import { errorFields, say } from '../../telemetry/log.ts'
import { json } from './answers.ts'
import type { OpenCall } from './call.ts'

export async function healthz({ servicesOf, context }: OpenCall): Promise<HttpResponseInit> {
  try {
    await servicesOf().store.policy('healthz')
    return json(200, { status: 'ok' })
  } catch (error) {
    if (error instanceof SettingsError) {
      say(context, 'error', { event: 'settings not complete', ...errorFields(error) })
      return json(503, { status: 'the app settings are not complete', settings: error.settings }, { 'retry-after': '60' })
    }
    say(context, error instanceof Failure ? 'warn' : 'error', { event: 'store not reached', ...errorFields(error) })
    return json(503, { status: 'the store cannot be reached' }, { 'retry-after': '10' })
  }
}
