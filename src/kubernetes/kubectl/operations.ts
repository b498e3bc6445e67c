// What is done with the objects of each kind that loops own, by statements of kubectl. Reads and deletes go to the path of the object (`--raw`), so that
// deletes carry preconditions; a Secret is read without its values.
import { allManagedKinds, isOfCluster, type KindName, kubernetesKinds, type ManagedKind } from '../../model/kubernetes-kind.ts'
import { secret } from '../../model/secret.ts'
import { metadataOf, valuesIn } from '../custom.ts'
import type { Found } from '../manifest.ts'
import type { Operations, Place } from '../object-operations.ts'
import { namespaceMissing } from '../status.ts'
import { refusalIn, statusOf } from './refusals.ts'
import { type Statement, word } from './round.ts'
import type { Run } from './rounds.ts'
import { checkReadable, parsed, secretWords } from './secret-words.ts'

/** What a statement printed. Throws as the client of an API server does. */
export async function printedBy(run: Run, statement: Statement, doing: string): Promise<string> {
  const { exit, text } = await run(statement)
  // Warnings of the server are printed with everything else, a line each.
  const said = text.replace(/^(?:Warning: .*\n?)+/, '')
  if (exit !== 0) throw refusalIn(said, doing)
  return said
}

export const rawOf = async (run: Run, path: string): Promise<object> => {
  const doing = `read ${path}`
  const read = parsed(await printedBy(run, { line: `kubectl get --raw ${word(path)}` }, doing), doing)
  return typeof read === 'object' && read !== null ? read : {}
}

export const kubectlOperations = (run: Run): Readonly<Record<ManagedKind, Operations>> =>
  Object.fromEntries(allManagedKinds.map((name) => [name, operationsFor(name, run)])) as Record<ManagedKind, Operations>

function operationsFor(name: ManagedKind, run: Run): Operations {
  const { isSecret, plural } = kubernetesKinds[name]
  const doing = (verb: string, at: Place): string => `${verb} ${name} ${at.name}`
  return {
    async read(at, whole): Promise<Found> {
      if (isSecret) {
        const words = secretWords()
        const line = `kubectl get ${plural} ${word(at.name)} --namespace ${word(at.namespace)} ${words.output}`
        const printed = await printedBy(run, { line }, doing('read', at)).catch((error: unknown) => {
          // kubectl says which of the two is missing.
          throw namespaceMissing(error) ? statusOf('NotFound', `${plural} "${at.name}" not found`) : error
        })
        return words.found(printed, doing('read', at))
      }
      const body = await rawOf(run, pathOf(name, at))
      return { metadata: metadataOf(body), ...(whole ? valuesIn(name, body) : {}) }
    },
    async patch({ body, fieldManager, force, ...at }) {
      if (isSecret) checkReadable(body)
      const words = isSecret ? secretWords() : undefined
      const output = words?.output ?? '--output json --show-managed-fields'
      const options = `--server-side --field-manager ${word(fieldManager)} --force-conflicts=${force} --validate=false`
      const statement = { line: `kubectl apply ${options} ${output} --filename {file}`, file: secret(JSON.stringify(body)) }
      const printed = await printedBy(run, statement, doing('apply', at))
      const metadata = words ? words.found(printed, doing('apply', at)).metadata : metadataOf(parsed(printed, doing('apply', at)))
      // kubectl does not say whether it was created: the managers of its fields do.
      return { httpStatusCode: 200, data: metadata ? { metadata } : {} }
    },
    async remove({ body, ...at }) {
      const statement = { line: `kubectl delete --raw ${word(pathOf(name, at))} --filename {file}`, file: secret(JSON.stringify(body)) }
      return await printedBy(run, statement, doing('delete', at))
    },
  }
}

function pathOf(name: KindName, at: Place): string {
  const { apiVersion, plural } = kubernetesKinds[name]
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
  const place = isOfCluster(name) ? '' : `/namespaces/${encodeURIComponent(at.namespace)}`
  return `${base}${place}/${plural}/${encodeURIComponent(at.name)}`
}
