// How a shell command gets into a cluster without network access to it. Types only.
import type { Loop } from '../model/loop.ts'
import type { Secret } from '../model/secret.ts'

/** `files`: by name, in the folder in which the command runs. The command itself holds no secret: it is kept in logs. */
export type ShellCommand = { readonly command: string; readonly files: ReadonlyMap<string, Secret<string>> }

/** Runs it with the app's own rights in the cluster, and answers what it printed, both outputs in one. Throws `Failure`, also where it would run with others. */
export type RunCommand = (cluster: Loop<'cluster'>, command: ShellCommand) => Promise<string>
