// A cluster as the sweep sees it by commands: one that lists everything, before anything is asked, and one for all marks and deletes that are asked at the same time.
// kubectl sends the same preconditions as the client of an API server does (swept-cluster.ts).
import { kubernetesKinds } from '../../model/kubernetes-kind.ts'
import { type ListedObject, refText } from '../../model/leftover.ts'
import { kubernetesLabels, statusPublisher, sweepManager } from '../../model/names.ts'
import { secret } from '../../model/secret.ts'
import type { RunCommand } from '../../ports/run-command.ts'
import type { OpenByCommand } from '../../ports/sweep.ts'
import { kubernetesFailure } from '../failures.ts'
import { listedObject } from '../listed-object.ts'
import { objectMissing } from '../status.ts'
import { deleteOptions, leftOverEvent, markPatch, sweptPath } from '../swept-cluster.ts'
import { usersIn } from '../users.ts'
import { lookAt } from './look.ts'
import { stem } from './look-programs.ts'
import { printedBy } from './operations.ts'
import { type Statement, word } from './round.ts'
import { type Run, roundsOf } from './rounds.ts'

/** Each takes up to two statements; kubectl needs about half a second for one where half a CPU is its limit, and a command has two minutes. */
const atOnce = 50

export const sweptByCommand =
  (runCommand: RunCommand, installation: string): OpenByCommand =>
  async (cluster) => {
    const look = await lookAt(cluster, runCommand, installation)
    const run = roundsOf(cluster, runCommand, 2 * atOnce)
    const failing = <T>(work: Promise<T>, verb: string, object: Pick<ListedObject, 'kind' | 'namespace' | 'name'>): Promise<T> =>
      work.catch((error: unknown) => {
        const name = refText(object)
        throw kubernetesFailure(error, { cluster, namespace: object.namespace, object: name, doing: `${verb} ${name}` })
      })

    return {
      atOnce,
      async list(kind, which) {
        const { plural } = kubernetesKinds[kind]
        const doing = { cluster, namespace: '*', object: `${kind}s`, doing: `list ${plural} of the app` }
        const found = await look.objects(kind).catch((error: unknown) => {
          throw kubernetesFailure(error, doing)
        })
        return found?.map((item) => listedObject(kind, item)).filter((object) => which === 'all' || isOwn(object, installation))
      },
      async hasNamespace(name) {
        const place = { cluster, namespace: name, object: `Namespace ${name}`, doing: `read Namespace ${name}` }
        try {
          return look.hasNamespace(name)
        } catch (error) {
          throw kubernetesFailure(error, place)
        }
      },
      async usersOf(objects) {
        const named = objects.filter(({ name }) => name.startsWith(stem))
        const users = await usersIn(
          async function* (row) {
            yield* look.users(row)
          },
          cluster,
          named,
        )
        // No proof is possible for another name (own-objects.ts), so this one never decides.
        return { ...users, of: (object) => (object.name.startsWith(stem) ? users.of(object) : [`what a look for ${stem}… does not see`]) }
      },
      async mark(object, text, at) {
        const marking = annotate(run, object, new Date(at).toISOString())
        const { path, body } = leftOverEvent(installation, object, text, at)
        // Only of what was marked; whether it can be written decides nothing.
        void run({
          line: `[ "$code" = 0 ] && kubectl create --raw ${word(path)} --filename {file}`,
          file: secret(JSON.stringify(body)),
        }).catch(() => {})
        return await failing(marking, 'mark', object)
      },
      unmark: (object) => failing(annotate(run, object, null), 'unmark', object),
      async remove(object) {
        const line = `kubectl delete --raw ${word(`${sweptPath(object.kind, object.namespace)}/${encodeURIComponent(object.name)}`)} --filename {file}`
        const removing = printedBy(run, { line, file: secret(JSON.stringify(deleteOptions(object))) }, `delete ${refText(object)}`)
        await failing(
          removing.catch((error: unknown) => {
            if (!objectMissing(error)) throw error
          }),
          'delete',
          object,
        )
      },
    }
  }

const isOwn = ({ kind, labels }: ListedObject, installation: string): boolean =>
  labels[kubernetesLabels.installation] === installation &&
  labels[kind === 'ConfigMap' ? statusPublisher.label : kubernetesLabels.owner] !== undefined

/** The version that the object has then. */
async function annotate(run: Run, object: ListedObject, value: string | null): Promise<string | undefined> {
  const { kind, namespace, name } = object
  const { group, plural } = kubernetesKinds[kind]
  const of = group === '' ? plural : `${plural}.${group}`
  const options = `--type merge --field-manager ${word(sweepManager)} --patch-file {file} --output ${word('jsonpath={.metadata.resourceVersion}')}`
  const statement: Statement = {
    line: `kubectl patch ${of} ${word(name)} --namespace ${word(namespace)} ${options}`,
    file: secret(JSON.stringify(markPatch(object, value))),
  }
  const version = (await printedBy(run, statement, `mark ${refText(object)}`)).trim()
  return version === '' ? undefined : version
}
