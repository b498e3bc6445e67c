// All commands of `sc`, in the order of its help.
import type { Command } from './command.ts'
import { exportAs, localEnv, manifest, orphans } from './commands/as-code.ts'
import { connect, disconnect, pause, reconcile, rest, resume, validate } from './commands/changes.ts'
import { configurations, list, show, why } from './commands/connections.ts'
import { importAll } from './commands/import.ts'
import { plan } from './commands/plan.ts'
import { policy } from './commands/policy.ts'
import { rotate } from './commands/rotate.ts'
import { uninstall } from './commands/uninstall.ts'

export const commands: readonly Command[] = [
  connect,
  list,
  show,
  plan,
  validate,
  why,
  configurations,
  reconcile,
  rotate,
  pause,
  resume,
  disconnect,
  policy,
  exportAs,
  manifest,
  localEnv,
  importAll,
  orphans,
  uninstall,
  rest,
]
