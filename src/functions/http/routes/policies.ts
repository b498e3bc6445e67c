// Policies: who may be connected, and what is.

import { deletePolicy, getPolicy, listPolicies, previewPolicy, putPolicy } from '../../policies/policies.ts'
import * as bodies from '../bodies.ts'
import { type Route, route } from '../route.ts'

export const policyRoutes: readonly Route[] = [
  route('/policies', {
    in: 'policies',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'All policies',
    answers: { 200: 'All of them' },
    handle: listPolicies,
  }),
  route('/policies/{name}', {
    in: 'policy',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'A policy',
    answers: { 200: ['The policy', bodies.policy] },
    handle: (call, { name }) => getPolicy(call, name),
  }),
  route('/policies/{name}', {
    in: 'policy',
    method: 'PUT',
    role: 'Policies.Write',
    summary: 'Create or change a policy',
    body: bodies.policy,
    answers: { 200: ['Changed', bodies.policy], 201: ['New', bodies.policy] },
    handle: (call, { name }) => putPolicy(call, name),
  }),
  route('/policies/{name}', {
    in: 'policy',
    method: 'DELETE',
    role: 'Policies.Write',
    summary: 'Delete a policy; what only it allowed is removed',
    answers: { 200: 'Deleted', 204: 'There is none' },
    handle: (call, { name }) => deletePolicy(call, name),
  }),
  route('/policies/{name}/preview', {
    in: 'policy-preview',
    method: 'POST',
    role: 'Policies.Write',
    summary: 'What saving a policy would connect and disconnect; nothing is stored',
    body: bodies.policy,
    answers: { 200: 'Counts, and the first hundred of each' },
    handle: (call, { name }) => previewPolicy(call, name),
  }),
]
