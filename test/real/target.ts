// The one real API server, as the behaviour tests ask it.
import { request } from 'node:https'
import { inject } from 'vitest'
import { type Answer, type ConnectionInput, parsed, payload, type Target } from '../local/cloud/kubernetes/target.ts'

export const server = inject('kubeApiServer')
export const tokens = { admin: server.adminToken, app: server.appToken, nobody: 'unknown' }

function ask(
  method: string,
  path: string,
  { body, type = 'application/json', accept = 'application/json', as = 'admin' }: ConnectionInput = {},
): Promise<Answer> {
  const bytes = payload(body)
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}${path}`, {
      method,
      ca: server.ca,
      headers: {
        authorization: `Bearer ${tokens[as]}`,
        accept,
        'user-agent': 'tests',
        'content-length': bytes.length, // node:https sends a DELETE's body without any length else
        ...(body === undefined ? {} : { 'content-type': type }),
      },
    })
    sent.on('error', reject)
    sent.on('response', (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (part: string) => {
        text += part
      })
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers as Record<string, string>, text, body: parsed(text) }),
      )
    })
    sent.end(bytes)
  })
}

let roles = 0
export const target: Target = {
  ask,
  async grant(namespace, { resources, verbs }) {
    const name = `role-${++roles}`
    const apiVersion = 'rbac.authorization.k8s.io/v1'
    const base = `/apis/${apiVersion}/namespaces/${namespace}`
    await ask('POST', `${base}/roles`, {
      body: { apiVersion, kind: 'Role', metadata: { name }, rules: [{ apiGroups: [''], resources, verbs }] },
    })
    await ask('POST', `${base}/rolebindings`, {
      body: {
        apiVersion,
        kind: 'RoleBinding',
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
        subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'app' }],
      },
    })
  },
}
