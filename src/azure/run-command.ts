// Runs a shell command in a cluster through Azure: AKS starts a pod in its namespace `aks-command`, with kubectl in it, and keeps what it prints.
// https://learn.microsoft.com/azure/aks/access-private-cluster (docs/azure-behaviour.md#run-command)
//
// With a token of Entra ID kubectl acts as the app. In a cluster without Entra integration there is none, and kubectl is a cluster administrator: nothing
// runs there. The cluster is read before each command, so that this never depends on something read long ago.
import { strToU8, zipSync } from 'fflate'
import * as z from 'zod'
import { failureOf } from '../errors/classify.ts'
import { Failure } from '../errors/failure.ts'
import { inShape } from '../model/answer-shape.ts'
import { resourceId } from '../model/resource-id.ts'
import { type Secret, secret } from '../model/secret.ts'
import type { Arm } from '../ports/azure.ts'
import type { RunCommand } from '../ports/run-command.ts'
import { type AzureClientOptions, clientOptions } from './client-options.ts'
import { ContainerServiceClient, type RunCommandResult } from './sdk.ts'
import { sdkShape } from './shapes.ts'
import { doing } from './words.ts'

/** AKS's server application in Entra, the same in every tenant. https://learn.microsoft.com/azure/aks/kubelogin-authentication */
const clusterScope = '6dae42f8-4368-4678-94ff-3960e28e3630/.default'
const clusterApi = '2026-06-01'
/** When the result is asked for: a pod that AKS has not started after 60 s is given up, and a round of kubectl takes seconds. Two minutes and a half. */
const waits = [250, 500, 1_000, 2_000, ...Array.from({ length: 49 }, () => 3_000)]

const schema = z.looseObject({
  properties: z.looseObject({
    aadProfile: z.looseObject({}).nullish(),
    apiServerAccessProfile: z.looseObject({ disableRunCommand: z.boolean().nullish() }).nullish(),
  }),
})

/** `wait`: in real time, while an activity waits. */
export function createRunCommand(azure: AzureClientOptions, arm: Pick<Arm, 'get'>, wait: (ms: number) => Promise<void>): RunCommand {
  const clients = new Map<string, ContainerServiceClient>()
  const clientOf = (subscription: string): ContainerServiceClient => {
    const found =
      clients.get(subscription) ??
      new ContainerServiceClient(
        azure.credential,
        subscription,
        clientOptions(azure, (method, { pathname }) => sdkShape(method, pathname)),
      )
    clients.set(subscription, found)
    return found
  }

  /** Throws where the command would not run as the app. */
  async function check(id: string, about: Readonly<Record<string, string>>): Promise<void> {
    const body = await arm.get(id, clusterApi)
    if (body === undefined)
      throw new Failure({ class: 'transient', code: 'CommandNotStarted', about: { ...about, message: 'The cluster is not there.' } })
    const { aadProfile, apiServerAccessProfile } = inShape(schema, body).properties
    if (!aadProfile) throw new Failure({ class: 'manual', code: 'CommandRunsAsAdmin', about })
    if (apiServerAccessProfile?.disableRunCommand) throw new Failure({ class: 'manual', code: 'RunCommandDisabled', about })
  }

  async function token(what: string): Promise<Secret<string>> {
    const found = await azure.credential.getToken(clusterScope).catch((error: unknown) => {
      throw failureOf({ error, doing: what })
    })
    if (!found)
      throw failureOf({ error: Object.assign(new Error('There is no token'), { name: 'CredentialUnavailableError' }), doing: what })
    return secret(found.token)
  }

  return async ({ id }, { command, files }) => {
    const { subscription, group, name } = resourceId(id)
    const about = { cluster: name, id }
    const what = doing('POST', id, 'runCommand')
    await check(id, about)
    const clusterToken = await token(what)
    const archive = zipSync(Object.fromEntries([...files].map(([file, text]) => [file, strToU8(text.reveal())]))) // for the request
    const payload = { command, context: Buffer.from(archive).toString('base64'), clusterToken: clusterToken.reveal() } // for the request
    const client = clientOf(subscription)
    let commandId: string | undefined
    const onResponse = ({ headers }: { readonly headers: { get(header: string): string | undefined } }): void => {
      commandId = commandIdIn(headers.get('location'))
    }
    const refused = (error: unknown): never => {
      throw commandFailure(error, what, about)
    }
    await client.managedClusters.runCommand(group, name, payload, { onResponse }).submitted().catch(refused)
    if (commandId === undefined)
      throw new Failure({ class: 'transient', code: 'CommandNotStarted', about: { ...about, message: 'It has no id.' } })
    for (const ms of waits) {
      await wait(ms)
      const result = await client.managedClusters.getCommandResult(group, name, commandId).catch(refused)
      const printed = result && printedBy(result, about)
      if (printed !== undefined) return printed
    }
    throw new Failure({
      class: 'transient',
      code: 'CommandNotStarted',
      about: { ...about, message: 'It has not ended within two minutes.' },
    })
  }
}

/** Only the last segment of the address is used: the app's token goes to no other host. */
const commandIdIn = (location: string | undefined): string | undefined =>
  /\/commandResults\/([\w-]{1,64})(?:\?|$)/i.exec(location ?? '')?.[1]

/** `undefined`: it is still running. */
function printedBy({ provisioningState, logs, reason }: RunCommandResult, about: Readonly<Record<string, string>>): string | undefined {
  if (provisioningState === 'Succeeded') return logs ?? ''
  if (provisioningState !== 'Failed' && provisioningState !== 'Canceled') return undefined
  throw new Failure({ class: 'transient', code: 'CommandNotStarted', about: { ...about, message: reason ?? 'It gives no reason.' } })
}

/** Errors of the pod come from AKS as refusals of the request or of its result. https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/connectivity/resolve-az-aks-command-invoke-failures */
function commandFailure(error: unknown, what: string, about: Readonly<Record<string, string>>): Failure {
  const failure = failureOf({ error, doing: what })
  const { answer = '', message = '' } = failure.fields.about
  if (/^(KubernetesPerformanceError|KubernetesOperationError)$/.test(answer))
    return new Failure({ class: 'transient', code: 'CommandNotStarted', about: { ...about, message } })
  if (answer === 'MissingAADClusterToken') return new Failure({ class: 'manual', code: 'CommandRunsAsAdmin', about })
  return failure
}
