// The shape of Azure Service Connector's objects, and signs that another tool made one. Pure. Names are as documented samples and clusters show them;
// what the service labels its objects with is not documented, so signs of others exclude; what includes is only what every one of its objects has: keys
// that begin with AZURE_, and the client id of a ServiceAccount.
import type { ListedObject } from '../model/leftover.ts'
import { clientIdAnnotation, fieldManager, serviceAccountName } from '../model/names.ts'

const guid = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const shapes = {
  Secret: /^sc-([a-z0-9]+)-secret$/,
  SecretProviderClass: /^sc-([a-z0-9]+)-secretprovider$/,
  ServiceAccount: new RegExp(`^sc-account-${guid}$`),
} as const

const shapeOf = ({ kind, name }: ListedObject): RegExpExecArray | null => (kind === 'ConfigMap' ? null : shapes[kind].exec(name))

export const isUpstreamShaped = (object: ListedObject): boolean => shapeOf(object) !== null

/** What its name has of the connection's. `undefined`: nothing, it is named by a client id. */
export const connectionPart = (object: ListedObject): string | undefined =>
  object.kind === 'ServiceAccount' ? undefined : (shapeOf(object)?.[1] ?? undefined)

/** Field managers of people and of tools that apply manifests. */
const tools =
  /^(kubectl|helm|argocd|flux|kustomize|source-controller|terraform|hashicorp|pulumi|external-secrets|secrets-store|node-fetch|rancher|k9s|lens)/i
const release = 'sc-extension'

/** Why it is not the product's, or need not be; `undefined`: nothing speaks against it. Keys are known from field managers alone. */
export function madeByOthers({ kind, name, labels, annotations, writers, dataKeys, isOwned }: ListedObject): string | undefined {
  if (isOwned) return 'another object owns it'
  if (Object.keys(labels).some((label) => label.startsWith('service-connector/'))) return 'an installation of this app labelled it'
  const manager = labels['app.kubernetes.io/managed-by']
  const isRelease = manager === 'Helm' && annotations['meta.helm.sh/release-name'] === release
  if (manager !== undefined && !isRelease) return `${manager} manages it`
  if (labels['secrets-store.csi.k8s.io/managed'] !== undefined) return 'the Secrets Store CSI driver manages it'
  if (labels['argocd.argoproj.io/instance'] !== undefined || labels['kustomize.toolkit.fluxcd.io/name'] !== undefined)
    return 'a GitOps tool manages it'
  const writer = writers.find(({ name }) => name === fieldManager || tools.test(name))
  if (writer) return `${writer.name} wrote it`
  if (kind === 'Secret' && !dataKeys.some((key) => key.startsWith('AZURE_'))) return 'its keys are not those of a connection'
  if (kind === 'ServiceAccount' && serviceAccountName(annotations[clientIdAnnotation] ?? '') !== name)
    return 'its annotation has another client id than its name'
  return undefined
}
