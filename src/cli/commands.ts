// All commands of `sc`, in the order of its help.
import type { Command } from './command.ts'
import { exportAs, localEnv, orphans } from './commands/as-code.ts'
import { connect, disconnect, pause, reconcile, rest, resume, validate } from './commands/changes.ts'
import { configurations, list, plan, show, why } from './commands/connections.ts'
import { importAll } from './commands/import.ts'
import { policy } from './commands/policy.ts'

export const commands: readonly Command[] = [
  connect,
  list,
  show,
  plan,
  validate,
  why,
  configurations,
  reconcile,
  pause,
  resume,
  disconnect,
  policy,
  exportAs,
  localEnv,
  importAll,
  orphans,
  rest,
]
