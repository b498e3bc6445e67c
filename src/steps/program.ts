// The program: every step of every loop. A new step is one file and one line here.

import type { AnyStep } from '../contract/digest.ts'
import type { LoopKind } from '../model/loop.ts'
import type { StepNames } from '../model/timeline.ts'
import type { Installation } from '../model/view.ts'
import { configureFlux } from './cluster/configure-flux.ts'
import { enableFeatures } from './cluster/enable-features.ts'
import { installExtension } from './cluster/install-extension.ts'
import { readCluster } from './cluster/read-cluster.ts'
import { readConfigMaps } from './cluster/read-configmaps.ts'
import { readDeclarations } from './cluster/read-declarations.ts'
import { registerProvider } from './cluster/register-provider.ts'
import { reportInvalidTags } from './cluster/report-invalid-tags.ts'
import { resolveEgress } from './cluster/resolve-egress.ts'
import { checkConsent } from './connection/check-consent.ts'
import { proveAccess } from './connection/prove-access.ts'
import { publishStatus } from './connection/publish-status.ts'
import { storeSecret } from './connection/store-secret.ts'
import { writeResources } from './connection/write-resources.ts'
import { writeShapes } from './connection/write-shapes.ts'
import { admitApp } from './identity/admit-app.ts'
import { assignRoles } from './identity/assign-roles.ts'
import { bindIdentity } from './identity/bind-identity.ts'
import { ensureIdentity } from './identity/ensure-identity.ts'
import { federateIdentity } from './identity/federate-identity.ts'
import { writeClusterRoles } from './identity/write-cluster-roles.ts'
import { writeServiceAccounts } from './identity/write-service-accounts.ts'
import { openFirewall } from './target/open-firewall.ts'
import { readTarget } from './target/read-target.ts'
import { rotateKeys } from './target/rotate-keys.ts'

export const program: readonly AnyStep[] = [
  readCluster,
  readConfigMaps,
  readDeclarations,
  resolveEgress,
  enableFeatures,
  registerProvider,
  installExtension,
  configureFlux,
  reportInvalidTags,
  readTarget,
  openFirewall,
  rotateKeys,
  ensureIdentity,
  federateIdentity,
  bindIdentity,
  assignRoles,
  admitApp,
  writeServiceAccounts,
  writeClusterRoles,
  checkConsent,
  storeSecret,
  writeResources,
  writeShapes,
  proveAccess,
  publishStatus,
]

export const stepsOf = (kind: LoopKind): readonly AnyStep[] => program.filter((step) => step.loop === kind)

/** The steps that this installation has: the others cost nothing, and their former results have no meaning any more. */
export const enabledStepsOf = (kind: LoopKind, installation: Installation): readonly AnyStep[] =>
  stepsOf(kind).filter((step) => step.enabled?.(installation) ?? true)

export function stepNamesOf(installation: Installation): StepNames {
  const names = (kind: LoopKind) => enabledStepsOf(kind, installation).map((step) => step.name)
  return { cluster: names('cluster'), target: names('target'), identity: names('identity'), connection: names('connection') }
}

/** Names come only from the program: an unknown one is a mistake in this code, and Durable would wait for it in silence. */
export function stepNamed(name: string): AnyStep {
  const step = program.find((one) => one.name === name)
  if (!step) throw new Error(`The program has no step '${name}'`)
  return step
}
