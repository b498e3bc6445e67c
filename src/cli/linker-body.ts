// The body of a connection from words: those of a tag's value. Options on the command line are options of the words.
import { isConnectionName } from '../declare/connection-fields.ts'
import { NotUnderstood } from '../declare/tag-places.ts'
import { specIn } from '../declare/words.ts'
import { linkerOf } from '../linker/answer.ts'
import { loop } from '../model/loop.ts'
import { targets } from '../targets/catalogue.ts'
import type { Given, Options } from './command.ts'
import { usage } from './exit.ts'

export const wordOptions: Options = {
  namespace: { short: 'n', value: '<namespace>', about: 'namespace of the cluster (default)' },
  auth: { value: '<auth>', about: 'workload-identity, secret; what the target offers: docs/targets/README.md' },
  client: { value: '<client>', about: 'names the keys of the Secret for a client: none, dotnet, nodejs, …' },
  identity: { value: '<identity>', about: 'a managed identity that you provide, by name or id' },
  federation: { value: '<federation>', about: 'how the identity trusts the pods: federated-credential, identity-binding' },
  role: { value: '<role>', about: "instead of the target's default role; none = assign none", isList: true },
  firewall: { value: '<open|keep>', about: "keep = leave the target's firewall alone", oneOf: ['open', 'keep'] },
  secret: { value: '<name>', about: 'of a key vault: a secret that pods mount as a file', isList: true },
  extension: { value: '<on>', about: 'on = the Kubernetes provider of App Configuration makes a ConfigMap of it', oneOf: ['on', 'off'] },
  keys: { value: '<perConnection>', about: "perConnection = the connection's name stands in the keys", oneOf: ['perConnection'] },
  dapr: { value: '<component type>', about: 'a Dapr component, such as pubsub.azure.servicebus.topics' },
  shape: { value: '<servicebinding>', about: 'a second Secret in the shape of servicebinding.io', oneOf: ['servicebinding'] },
  ondelete: { value: '<remove|keep>', about: 'keep = what was made stays when the connection is removed', oneOf: ['remove', 'keep'] },
  transport: { value: '<transport>', about: 'direct; run-command, flux or extension for clusters that the app cannot reach; or auto' },
}

/** The words with the options of the command line behind them. */
export function wordsWith(words: string, given: Given): string {
  const more = Object.keys(wordOptions).flatMap((name) => {
    const values = given.list(name)
    return values.length > 0 ? [`${name}=${encodeURIComponent(values.join(','))}`] : []
  })
  return more.length === 0 ? words : `${words}${words.includes('?') ? '&' : '?'}${more.join('&')}`
}

/** Only the author's part is read of a spec here: no identity of an installation gets into the body. */
const anyInstallation = { name: 'sc', tenant: '', graceMs: 0, massGraceMs: 0, goneAfterMs: 0, leavingMs: 0 }

/** @throws CommandError */
export function bodyFrom(words: string, name: string, cluster: string): object {
  if (!isConnectionName(name)) throw usage(`'${name}' is not a valid name of a connection.`)
  const spec = read(words, name, cluster)
  if (spec.workload !== 'default') throw usage('workload is an option of tags only: over HTTP all connections of a namespace share one.')
  const { properties } = linkerOf({ ...spec, generation: 1 }, { provisioningState: '', facts: {}, identity: {}, problems: [] })
  const { provisioningState: _, kubernetesResourceName: __, origin: ___, problems: ____, ...settable } = properties
  return { properties: settable }
}

function read(words: string, name: string, cluster: string) {
  try {
    return specIn(words, { origin: 'http', name, cluster: loop('cluster', cluster) }, anyInstallation, targets)
  } catch (error) {
    if (error instanceof NotUnderstood) throw usage(`${error.message}. Write: ${error.hint}`)
    throw error
  }
}
