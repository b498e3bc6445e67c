// The transport `run-command` by a real shell and a real kubectl against a real API server. Azure's part, which carries the command to a pod, is not in it.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { sweptByCommand } from '../../src/kubernetes/kubectl/swept.ts'
import { commandTransports } from '../../src/kubernetes/kubectl/transport.ts'
import type { RunCommand } from '../../src/ports/run-command.ts'
import { cluster, transportBehaviours } from '../kubernetes/behaviours.ts'
import { sweptBehaviours } from '../kubernetes/swept-cluster-behaviours.ts'
import { server, target } from './target.ts'

/** Another than the first of PATH. */
const kubectl = process.env['CONNECTOR_TEST_KUBECTL']
const hasKubectl = await new Promise<boolean>((answer) =>
  execFile(kubectl ?? 'kubectl', ['version', '--client'], (error) => answer(!error)),
)
const tokens = { admin: server.operatorToken, app: server.appToken }

// A machine with an API server need not have kubectl.
describe.runIf(hasKubectl)('transport run-command, by kubectl to a real API server', () => {
  let folder: string
  const runAs =
    (as: 'admin' | 'app'): RunCommand =>
    async (_, { command, files }) => {
      const place = await mkdtemp(join(folder, 'command-'))
      for (const [name, text] of files) await writeFile(join(place, name), text.reveal())
      const env = { PATH: `${folder}:${process.env['PATH']}`, KUBECONFIG: join(folder, as), HOME: folder }
      return new Promise((answer) => execFile('sh', ['-c', `${command} 2>&1`], { cwd: place, env }, (_error, printed) => answer(printed)))
    }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubectl-'))
    await writeFile(join(folder, 'ca.pem'), server.ca)
    for (const [as, token] of Object.entries(tokens)) {
      const config = {
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'c',
        clusters: [{ name: 'c', cluster: { server: server.url, 'certificate-authority': join(folder, 'ca.pem') } }],
        users: [{ name: 'u', user: { token } }],
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      }
      await writeFile(join(folder, as), JSON.stringify(config))
    }
    if (kubectl) await writeFile(join(folder, 'kubectl'), `#!/bin/sh\nexec ${kubectl} "$@"\n`, { mode: 0o755 })
    // Everything that the app needs, and no administrator.
    const verbs = ['get', 'list', 'create', 'update', 'patch', 'delete', 'bind', 'escalate', 'use-managed-identity']
    const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: 'operator' } }
    const base = '/apis/rbac.authorization.k8s.io/v1'
    await target.ask('POST', `${base}/clusterroles`, {
      body: { ...rbac, kind: 'ClusterRole', rules: [{ apiGroups: ['*'], resources: ['*'], verbs }] },
    })
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'operator' }
    const subjects = [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'operator' }]
    await target.ask('POST', `${base}/clusterrolebindings`, { body: { ...rbac, kind: 'ClusterRoleBinding', roleRef, subjects } })
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  transportBehaviours(
    () => target,
    (as, of) => commandTransports(runAs(as), of)(cluster),
  )
  sweptBehaviours(
    () => target,
    (as, of) => sweptByCommand(runAs(as), of)(cluster),
  )
})
