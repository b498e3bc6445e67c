import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { Failure } from '../../src/errors/failure.ts'
import { answersIn, commandOf } from '../../src/kubernetes/kubectl/round.ts'
import { sweptByCommand } from '../../src/kubernetes/kubectl/swept.ts'
import { commandTransports } from '../../src/kubernetes/kubectl/transport.ts'
import { kubectl } from '../../src/local/cloud/command/kubectl.ts'
import { runShell } from '../../src/local/cloud/command/shell.ts'
import type { Grant } from '../../src/local/cloud/kubernetes/access.ts'
import { secret } from '../../src/model/secret.ts'
import type { KubernetesObject, ManagedKubernetesObject } from '../../src/ports/kubernetes.ts'
import type { RunCommand, ShellCommand } from '../../src/ports/run-command.ts'
import { clusterId, type Simulated, simulated } from '../local/cloud/kubernetes/target.ts'
import { cluster, transportBehaviours } from './behaviours.ts'
import { sweptBehaviours } from './swept-cluster-behaviours.ts'

/** Everything that the app needs, and no administrator. */
const verbs = ['get', 'list', 'create', 'update', 'patch', 'delete', 'bind', 'escalate', 'use-managed-identity']

const plainFiles = ({ files }: ShellCommand): ReadonlyMap<string, string> =>
  new Map([...files].map(([name, text]) => [name, text.reveal()]))

describe('transport run-command, to a simulated cluster', () => {
  let target: Simulated
  const printed: string[] = []
  const runAs =
    (as: string): RunCommand =>
    async (_, command) => {
      const files = plainFiles(command)
      const program = kubectl((method, path, body, type) => target.kubernetes.askAs(clusterId, as, { method, path, body, type }), files)
      const ran = await runShell(command.command, files, { kubectl: program })
      printed.push(ran.printed)
      return ran.printed
    }
  beforeAll(async () => {
    target = await simulated()
    target.world
      .table<Grant>('kubernetes-grants')
      .set('admin', { cluster: clusterId, oid: 'admin', namespaces: ['*'], resources: ['*'], verbs })
  })
  transportBehaviours(
    () => target,
    (as, of) => commandTransports(runAs(as), of)(cluster),
  )
  sweptBehaviours(
    () => target,
    (as, of) => sweptByCommand(runAs(as), of)(cluster),
  )

  const managed = (name: string): ManagedKubernetesObject => ({
    kind: 'Secret',
    id: `${cluster.key}/default/Secret/${name}`,
    summary: `Secret ${name}`,
    cluster,
    clusterUid: 'u',
    namespace: 'default',
    name,
    owner: 'owner-key',
  })
  const content = (name: string, value: string): KubernetesObject => ({
    kind: 'Secret',
    namespace: 'default',
    name,
    data: secret({ KEY: value }),
  })

  it('does all that is asked at once in one command, and prints no value of a Secret', async () => {
    const transport = commandTransports(runAs('admin'), 'test')(cluster)
    const names = ['b1', 'b2', 'b3']
    printed.length = 0
    const absent = await transport.observe(
      names.map(managed),
      new Map(names.map((name) => [managed(name).id, content(name, 'geheim-4711')])),
    )
    await Promise.all(
      names.map((name, at) => transport.apply(managed(name), content(name, 'geheim-4711'), absent[at] ?? { id: '', state: 'absent' })),
    )
    await Promise.all([transport.namespace?.('default'), transport.observe(names.map(managed), new Map())])
    expect(printed).toHaveLength(3)
    expect(printed.join('')).not.toMatch(/geheim-4711|Z2VoZWltLTQ3MTE/)
  })

  it('takes no list for whole that is not, wherever the output of a look is cut, and whichever of its lines are gone', async () => {
    const names = ['sc-a', 'sc-b']
    const of = (name: string) => ({ kind: 'Secret', namespace: 'default', name }) as const
    for (const name of names) {
      const containers = [{ name: 'main', image: 'app', envFrom: [{ secretRef: { name } }] }]
      const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name: `cut-${name}` }, spec: { containers } }
      await target.ask('POST', '/api/v1/namespaces/default/pods', { body })
      await target.ask('POST', '/api/v1/namespaces/default/secrets', { body: { apiVersion: 'v1', kind: 'Secret', metadata: { name } } })
    }
    let whole = ''
    let mark = ''
    const once: RunCommand = async (loop, command) => {
      mark = /([0-9a-f]{24}) who/.exec(plainFiles(command).get('round.sh') ?? '')?.[1] ?? ''
      whole = await runAs('admin')(loop, command)
      return whole
    }
    const all = await (await sweptByCommand(once, 'test')(cluster)).list('Secret', 'all')
    expect(all?.map(({ name }) => name)).toEqual(expect.arrayContaining(names))
    const lines = whole.split('\n')
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), fc.nat(lines.length), fc.nat(3), async (end, from, count) => {
        const kept = count === 0 ? whole.slice(0, end) : lines.toSpliced(from, count).join('\n')
        const cut: RunCommand = async (_, command) => {
          const now = /([0-9a-f]{24}) who/.exec(plainFiles(command).get('round.sh') ?? '')?.[1] ?? ''
          return kept.replaceAll(mark, now)
        }
        const swept = await sweptByCommand(cut, 'test')(cluster).catch(() => undefined)
        const listed = await swept?.list('Secret', 'all').catch(() => undefined)
        if (listed) expect(listed).toEqual(all)
        const users = await swept?.usersOf(names.map(of))
        if (users?.missing.length === 0) for (const name of names) expect(users.of(of(name))).toEqual([`Pod default/cut-${name}`])
      }),
      { numRuns: 60 },
    )
  })

  it('runs nothing as an administrator', async () => {
    const asked: string[] = []
    const spied: RunCommand = async (loop, command) => {
      const files = plainFiles(command)
      const program = kubectl((method, path, body, type) => {
        asked.push(`${method} ${path}`)
        return target.kubernetes.askAs(clusterId, 'administrator', { method, path, body, type })
      }, files)
      expect(loop).toBe(cluster)
      return (await runShell(command.command, files, { kubectl: program })).printed
    }
    const transport = commandTransports(spied, 'test')(cluster)
    const refused = transport.apply(managed('never'), content('never', 'x'), { id: managed('never').id, state: 'absent' })
    await expect(refused).rejects.toMatchObject({ fields: { class: 'manual', code: 'CommandHasAllRights' } })
    expect(asked).toEqual(['POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews'])
  })
})

describe('a round', () => {
  const mark = 'c0ffee'
  const about = { cluster: 'c1', id: cluster.id }

  it('answers each statement with what it printed, whatever that is, and nothing where the output was cut', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', "'", '"', '$', '`', '\\', '\n', ' ', '0', ';', '&', '|', '%', 'c0ffee ') })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(text, fc.nat(255)), { maxLength: 5 }), fc.nat(4000), async (said, cutAt) => {
        const results = said.map(([out, exit]) => ({ out: out.replaceAll(mark, ''), exit }))
        const statements = results.map((_, at) => ({ line: `kubectl ${at}` }))
        const command = commandOf(statements, mark)
        const program = async ([first, second]: readonly string[]) =>
          first === 'auth' ? { exit: 1, out: 'no\n', err: '' } : { ...{ exit: 0, out: '', err: '' }, ...results[Number(first ?? second)] }
        const { printed } = await runShell(command.command, plainFiles(command), { kubectl: program })
        const answers = answersIn(printed, results.length, mark, about)
        expect(answers).toEqual(results.map(({ out, exit }) => ({ exit, text: out.replace(/\n+$/, '') })))
        const cut = printed.slice(0, cutAt)
        if (!cut.includes(`${mark} who no\n${mark} `)) return
        for (const [at, answer] of answersIn(cut, results.length, mark, about).entries()) if (answer) expect(answer).toEqual(answers[at])
      }),
    )
  })

  it('prints nothing that admission says of what was sent, as a refusal or as a warning', async () => {
    const said = [
      'Warning: scan.policies.example: geheim-4711 is weak\nError from server (Forbidden): admission webhook "scan" denied the request: geheim-4711\n',
      'Warning: geheim-4711\nWarning: Error from server (geheim-4711)\nError from server (Conflict): the object has been modified\n',
      'Warning: geheim-4711\n',
    ]
    const command = commandOf(
      said.map((_, at) => ({ line: `kubectl ${at} --filename {file}`, file: secret('geheim-4711') })),
      mark,
    )
    const program = async ([first]: readonly string[]) =>
      first === 'auth' ? { exit: 1, out: 'no\n', err: '' } : { exit: 1, out: '', err: said[Number(first)] ?? '' }
    const { printed } = await runShell(command.command, plainFiles(command), { kubectl: program })
    expect(printed).not.toContain('geheim')
    expect(answersIn(printed, said.length, mark, about).map((one) => one?.text)).toEqual([
      'Error from server (Forbidden): admission webhook "scan" denied ',
      'Error from server (Conflict): the object has been modified',
      '',
    ])
  })

  it('takes nothing for an answer that has not said who asks', () => {
    for (const printed of ['', 'sh: not found', `${mark} who `, `${mark} 0 0\nyes`])
      expect(() => answersIn(printed, 1, mark, about)).toThrow(Failure)
  })
})
