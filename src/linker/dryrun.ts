// A dry run in Azure Service Connector's form: what would be missing for a connection, and each change that it would bring. The recorded names of changes stand
// beside those of this app. https://learn.microsoft.com/rest/api/servicelinker/linkers/create-dryrun
import type { Budget, MissingAction, PlannedChange, Preflight, PreflightIssue, StepAction } from '../model/preflight-report.ts'
import type { StepName } from '../model/step-name.ts'

export type DryrunResult = {
  readonly prerequisiteResults: readonly object[]
  readonly operationPreviews: readonly object[]
  /** These two: additions of this app. */
  readonly budgets: readonly Omit<Budget, 'connections'>[]
  readonly notes: readonly string[]
}
type OperationType = 'configConnection' | 'configNetwork' | 'configAuth'
type Preview = { readonly name: string; readonly operationType: OperationType; readonly description: string }

const previews: Readonly<Partial<Record<StepName, Preview>>> = {
  'open-firewall': {
    name: 'configFirewallRule',
    operationType: 'configNetwork',
    description: 'Let the addresses of the cluster into the target',
  },
  'store-secret': {
    name: 'configKeyVaultSecret',
    operationType: 'configConnection',
    description: 'Keep the provided secret in the Key Vault',
  },
  'write-resources': { name: 'configSourceProperties', operationType: 'configConnection', description: 'Write what the pods read' },
  'enable-features': { name: 'configClusterFeature', operationType: 'configConnection', description: 'Turn on a feature of the cluster' },
  'register-provider': { name: 'configProvider', operationType: 'configConnection', description: 'Register a resource provider' },
  'install-extension': { name: 'configExtension', operationType: 'configConnection', description: 'Install an extension in the cluster' },
  'ensure-identity': { name: 'configIdentity', operationType: 'configAuth', description: 'Create the identity of the pods' },
  'federate-identity': { name: 'configFederatedCredential', operationType: 'configAuth', description: 'Let the identity trust the pods' },
  'assign-roles': { name: 'configRole', operationType: 'configAuth', description: 'Grant the identity what the pods need' },
  'write-service-accounts': {
    name: 'configServiceAccount',
    operationType: 'configAuth',
    description: 'Write the ServiceAccount of the pods',
  },
}
const listKeys: Preview = { name: 'listAccessKeys', operationType: 'configAuth', description: 'Read the key of the target' }

export function dryrunOf(name: string, found: Preflight): DryrunResult {
  const concerns = ({ connections }: { readonly connections: readonly string[] }): boolean => connections.includes(name)
  const actions = found.actions.filter(({ connection }) => connection === name)
  const own = found.changes.filter(concerns)
  const writing = (step: StepName): StepAction | undefined => actions.find((one) => one.step === step && isWriting(one.action))
  const keys = actions.find(({ step, action }) => step === 'write-resources' && /listkeys|listconnectionstrings/i.test(action))
  return {
    prerequisiteResults: found.value.filter(concerns).map(prerequisiteOf),
    operationPreviews: [
      ...(keys && own.some(({ step }) => step === 'write-resources') ? [{ ...listKeys, ...placeOf(keys) }] : []),
      ...own.map((change) => previewOf(change, writing(change.step))),
    ],
    budgets: found.budgets.filter(concerns).map(({ connections: _, ...budget }) => budget),
    notes: found.notes,
  }
}

const isWriting = (action: string): boolean => /\/(write|register\/action)$/i.test(action)
const placeOf = ({ action, scope }: StepAction) => ({ action, scope })

function previewOf({ connections: _, step, object, grant, ...change }: PlannedChange, action: StepAction | undefined): object {
  const preview = previews[step] ?? { name: step, operationType: 'configConnection', description: step }
  return {
    ...preview,
    description: `${preview.description}: ${object}`,
    ...(action ? placeOf(action) : {}),
    step,
    ...change,
    ...(grant ? { effect: grant } : {}),
  }
}

/** Codes of Azure Service Connector where it has one. */
const codes: Readonly<Record<string, string>> = { TargetMissing: 'ResourceNotFound', TargetGone: 'ResourceNotFound' }

function prerequisiteOf({ connections: _, right, ...problem }: PreflightIssue): object {
  if (right) return { type: 'permissionsMissing', ...permissionsOf(right), problem }
  return {
    type: 'basicError',
    code: codes[problem.code] ?? problem.code,
    message: `${problem.text} ${problem.cause} ${problem.remediation}`,
    problem,
  }
}

const permissionsOf = ({ action, scope, role }: MissingAction) => ({
  scope,
  permissions: [action],
  ...(role === undefined ? {} : { recommendedRole: role }),
})
