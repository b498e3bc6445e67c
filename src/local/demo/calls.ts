// What the connector did in Azure and in the clusters, as the simulated cloud recorded it. Its own table is not counted.

import type { CloudCall } from '../cloud/dispatcher.ts'
import type { DemoSetup } from './setup.ts'

export const connectorCalls = ({ local: { cloud } }: DemoSetup): readonly CloudCall[] =>
  cloud.calls.filter(({ principal, service }) => principal === cloud.app.principalId && service !== 'storage')

/** Requests that can change something: all but reads, and the POSTs that only answer a question. */
export const changes = (calls: readonly CloudCall[]): readonly CloudCall[] =>
  calls.filter(({ method, path }) => method !== 'GET' && method !== 'HEAD' && !(method === 'POST' && questions.test(path)))

const questions = /\/(listClusterUserCredential|listKeys|resources|selfsubjectaccessreviews)(\?|$)/i
