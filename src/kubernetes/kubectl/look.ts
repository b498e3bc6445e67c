// A look at a cluster by one command: objects of connections, and what may use them, cut down in the pod (look-programs.ts).
import { releaseNamespace } from '../../model/extension.ts'
import type { SweptKind } from '../../model/leftover.ts'
import type { Loop } from '../../model/loop.ts'
import type { RunCommand } from '../../ports/run-command.ts'
import { sweptPath } from '../swept-cluster.ts'
import { builtInUsers } from '../using-kinds.ts'
import { type Look, readLook } from './look-answers.ts'
import { groupPaths, groupsProgram, listPaths, objectsProgram, resourcesProgram, usersProgram } from './look-programs.ts'
import { type Statement, word } from './round.ts'
import { runOnce } from './rounds.ts'

const sweptKinds = ['Secret', 'ServiceAccount', 'SecretProviderClass', 'ConfigMap'] as const satisfies readonly SweptKind[]
const coreUsers = builtInUsers.filter(({ group }) => group === '')
/** What kubectl complains of stands behind what jq made. */
const said = 'errors.txt'
const jq = (program: string, flags = '-c'): string => `jq ${flags} ${word(program)} 2>/dev/null`
const listed = (path: string, program: string): Statement => ({
  line: `kubectl get --raw ${word(path)} 2>${said} | ${jq(program)}; cat ${said}`,
})

/** Throws `Failure` where no command was run, or none that has told who it is. */
export async function lookAt(cluster: Loop<'cluster'>, runCommand: RunCommand, installation: string): Promise<Look> {
  const program = objectsProgram(installation)
  const statements: Readonly<Record<string, Statement>> = {
    namespace: { line: `kubectl get --raw ${word(`/api/v1/namespaces/${releaseNamespace}`)}` },
    groups: listed('/apis', groupsProgram),
    ...Object.fromEntries(sweptKinds.map((kind) => [kind, listed(sweptPath(kind), program)])),
    ...Object.fromEntries(coreUsers.map(({ plural }) => [plural, listed(`/api/v1/${plural}`, usersProgram)])),
    resources: {
      line: `kubectl get --raw /apis 2>/dev/null | ${jq(groupPaths, '-r')} | xargs -r -n 1 kubectl get --raw 2>/dev/null | ${jq(resourcesProgram)}`,
    },
    // The one before it left its answer in the variable.
    others: {
      line: `printf '%s\\n' "$out" | ${jq(listPaths, '-rs')} | xargs -r -n 1 kubectl get --raw 2>${said} | ${jq(usersProgram)}; cat ${said}`,
    },
  }
  const answers = await runOnce(cluster, runCommand, Object.values(statements))
  const answerTo = new Map(Object.keys(statements).map((name, at) => [name, answers[at]]))
  return readLook(answerTo, cluster)
}
