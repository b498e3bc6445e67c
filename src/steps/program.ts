// The program: every step of every loop. A new step is one file and one line here.
import type { LoopKind } from '../domain/loop.ts'
import type { Installation } from '../domain/view.ts'
import { assignRoles } from './assign-roles.ts'
import { checkConsent } from './check-consent.ts'
import type { AnyStep } from './digest.ts'
import { enableFeatures } from './enable-features.ts'
import { ensureIdentity } from './ensure-identity.ts'
import { federateIdentity } from './federate-identity.ts'
import { installExtension } from './install-extension.ts'
import { storeSecret } from './keep-secret.ts'
import { openFirewall } from './open-firewall.ts'
import { proveAccess } from './prove-access.ts'
import { publishStatus } from './publish-status.ts'
import { readCluster } from './read-cluster.ts'
import { readDeclarations } from './read-declarations.ts'
import { readTarget } from './read-target.ts'
import { registerProvider } from './register-provider.ts'
import { resolveEgress } from './resolve-egress.ts'
import { reportInvalidTags } from './tell-bad-tags.ts'
import { writeResources } from './write-resources.ts'
import { writeServiceAccounts } from './write-service-accounts.ts'

export const program: readonly AnyStep[] = [
  readCluster,
  readDeclarations,
  resolveEgress,
  enableFeatures,
  registerProvider,
  installExtension,
  reportInvalidTags,
  readTarget,
  openFirewall,
  ensureIdentity,
  federateIdentity,
  assignRoles,
  writeServiceAccounts,
  checkConsent,
  storeSecret,
  writeResources,
  proveAccess,
  publishStatus,
]

export const stepsOf = (kind: LoopKind): readonly AnyStep[] => program.filter((step) => step.loop === kind)

/** Those that this installation has: the others cost nothing, and what they once found says nothing any more. */
export const enabledStepsOf = (kind: LoopKind, installation: Installation): readonly AnyStep[] =>
  stepsOf(kind).filter((step) => step.enabled?.(installation) ?? true)

/** Names come from the program only: an unknown one is a mistake of ours, and Durable would wait for it in silence. */
export function stepNamed(name: string): AnyStep {
  const step = program.find((one) => one.name === name)
  if (!step) throw new Error(`The program has no step '${name}'`)
  return step
}
