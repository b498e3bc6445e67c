// By hand: objects in clusters and secrets in a Key Vault.
//
// An object is written as the app writes it: by server-side apply under its field manager, with its labels and annotations, so that the app owns it.

import { jsonText, shellText } from '../../model/as-code.ts'
import { isOfCluster, type KubernetesSpec, kubernetesKinds, type ManagedKind } from '../../model/kubernetes-kind.ts'
import type { Change } from '../../model/managed-object.ts'
import type { StoredSecret } from '../../model/managed-objects.ts'
import { fieldManager, kubernetesMarks } from '../../model/names.ts'
import type { ManagedKubernetesObject } from '../../ports/kubernetes.ts'
import { through, transportTypeOf } from '../../transports/catalogue.ts'
import { type Commands, commandsOf, lines } from './by-hand.ts'

/** Only its author knows the secret; anyone else can recover it, or delete it. */
export const byHandSecrets = (changes: readonly Change<StoredSecret>[]): Commands | undefined =>
  commandsOf({
    cli: lines(changes, {
      make: ({ secretId }) => `az keyvault secret recover ${inVault(secretId)}`,
      remove: ({ object: { secretId } }) => secretDelete(secretId),
    }),
  })

export const secretDelete = (secretId: string): string => `az keyvault secret delete ${inVault(secretId)}`

function inVault(secretId: string): string {
  const { hostname, pathname } = new URL(secretId)
  return `--vault-name ${hostname.split('.')[0]} --name ${pathname.split('/').at(-1)}`
}

type Written = {
  readonly annotations: Readonly<Record<string, string>>
  readonly data?: Readonly<Record<string, string>>
  /** Of a Secret. Absent: `Opaque`. */
  readonly type?: string
  readonly fields?: Readonly<Record<string, unknown>>
  readonly spec?: KubernetesSpec
  /** What the shell that runs the line puts in place of a mark in `data`, because no report may contain a credential. */
  readonly commands?: Readonly<Record<string, string>>
}

/** They stand for credentials in values that are for people. No value has them in itself: they are characters without a meaning. */
export const credentialMark = '\ue000'
export const providedMark = '\ue001'

/**
 * The app knows what goes through the extension only by its own requests: it would never see an object created outside of them, so no command is
 * offered.
 */
export const byHandObjects = (
  changes: readonly Change<ManagedKubernetesObject>[],
  installation: string,
  write: (object: ManagedKubernetesObject) => Written,
): Commands | undefined => {
  const line = (object: ManagedKubernetesObject, force: string): string =>
    transportTypeOf({ transport: through(object) }).can.observe ? applied(object, installation, write(object), force) : ''
  return commandsOf({
    cli: lines(changes, {
      make: (object) => line(object, ''),
      update: (object) => line(object, ' --force-conflicts'),
      remove: ({ object: { kind, namespace, name } }) =>
        `kubectl delete ${kind.toLowerCase()} ${name}${isOfCluster(kind) ? '' : ` --namespace ${namespace}`}`,
    }),
  })
}

/** One word for a shell. Authors choose some of the values, and a person runs the line: only the commands of the app run. */
function filled(text: string, commands: NonNullable<Written['commands']>): string {
  const forms = new Map(
    Object.entries(commands).flatMap(([mark, command]) => [mark, encodeURIComponent(mark)].map((form) => [form, command])),
  )
  if (forms.size === 0) return shellText(text)
  return text
    .split(new RegExp(`(${[...forms.keys()].join('|')})`))
    .map((part) => (forms.has(part) ? `"${forms.get(part)}"` : part === '' ? '' : shellText(part)))
    .join('')
}

/** A terminal acts on them before a shell sees them: lines with such values are not offered. */
const isForTerminal = (text: string): boolean => /[^\P{Cc}\n\t]/u.test(text)

/** As `kubectl create` names them. */
const nouns: Readonly<Partial<Record<ManagedKind, string>>> = { Secret: 'secret generic', ServiceAccount: 'serviceaccount' }

function applied(
  object: ManagedKubernetesObject,
  installation: string,
  { annotations, data = {}, fields, spec, type, commands = {} }: Written,
  force: string,
): string {
  const { kind, namespace, name, owner } = object
  const apply = `kubectl apply --server-side --field-manager ${fieldManager}${force} --filename -`
  // No generator of kubectl knows these kinds. `echo` of some shells would read the backslashes of JSON.
  if (fields || spec) {
    const place = isOfCluster(kind) ? { name } : { name, namespace }
    const metadata = {
      ...place,
      labels: kubernetesMarks(installation, owner),
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    }
    const { apiVersion } = kubernetesKinds[kind]
    return `printf %s ${shellText(jsonText({ apiVersion, kind, metadata, ...fields, ...(spec ? { spec } : {}) }))} | ${apply}`
  }
  if (Object.values(data).some(isForTerminal)) return ''
  const literals = Object.entries(data).map(([key, value]) => ` --from-literal=${filled(`${key}=${value}`, commands)}`)
  const words = (map: Readonly<Record<string, string>>): string =>
    Object.entries(map)
      .map((pair) => shellText(pair.join('=')))
      .join(' ')
  return [
    `kubectl create ${nouns[kind]} ${name} --namespace ${namespace}${type === undefined ? '' : ` --type ${type}`}${literals.join('')} --dry-run=client --output yaml`,
    `kubectl label --local --filename - --output yaml ${words(kubernetesMarks(installation, owner))}`,
    `kubectl annotate --local --filename - --output yaml ${words(annotations)}`,
    apply,
  ].join(' | ')
}
