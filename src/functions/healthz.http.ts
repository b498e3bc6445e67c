// GET /healthz: whether the app runs and reaches its store. For probes, so without a sign-in, and it tells nothing else.
import { app, type HttpResponseInit, type InvocationContext } from '@azure/functions'
import { Failure } from '../errors/failure.ts'
import { errorFields, say } from '../steps/log.ts'
import { json } from './answers.ts'
import type { DoorsOf } from './doors.ts'

export function registerHealthz(doors: DoorsOf): void {
  app.http('healthz', {
    route: 'healthz',
    methods: ['GET'],
    authLevel: 'anonymous',
    handler: (_request, context) => healthz(doors, context),
  })
}

export async function healthz(doorsOf: DoorsOf, context: InvocationContext): Promise<HttpResponseInit> {
  try {
    await doorsOf().store.policy('healthz')
    return json(200, { status: 'ok' })
  } catch (error) {
    say(context, error instanceof Failure ? 'warn' : 'error', { event: 'store not reached', ...errorFields(error) })
    return json(503, { status: 'the store cannot be reached' }, { 'retry-after': '10' })
  }
}
