// All HTTP routes: one row for each request that the app serves, by family in routes/. docs/http-api.md describes them for callers.

import { providerOperations } from '../linkers/provider-operations.ts'
import { json } from './answers.ts'
import { healthz } from './healthz.ts'
import { openapi } from './openapi.ts'
import { type Route, route } from './route.ts'
import { dryrunRoutes } from './routes/dryruns.ts'
import { installationRoutes } from './routes/installation.ts'
import { linkerViewRoutes } from './routes/linker-views.ts'
import { linkerRoutes } from './routes/linkers.ts'
import { policyRoutes } from './routes/policies.ts'
import { preflightRoutes } from './routes/preflight.ts'
import { providerRoutes } from './routes/provider.ts'
import { sweepRoutes } from './routes/sweeps.ts'

export const routes: readonly Route[] = [
  ...linkerRoutes,
  ...linkerViewRoutes,
  ...dryrunRoutes,
  ...preflightRoutes,
  ...providerRoutes,
  route('/providers/Microsoft.ServiceLinker/operations', {
    in: 'provider-operations',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'The operations of the provider, as ARM lists them',
    answers: { 200: 'One entry each' },
    handle: async () => providerOperations(routes),
  }),
  ...installationRoutes,
  ...policyRoutes,
  ...sweepRoutes,
  {
    path: '/healthz',
    in: 'healthz',
    method: 'GET',
    role: 'anyone',
    summary: 'Whether the app is configured and reaches its store',
    answers: { 200: 'It is, and does', 503: 'It is not, or does not' },
    handle: healthz,
  },
  {
    path: '/openapi.json',
    in: 'openapi',
    method: 'GET',
    role: 'anyone',
    summary: 'This document',
    answers: { 200: 'It' },
    handle: async () => json(200, openapi(routes)),
  },
]
