// A connection of Azure Service Connector, as Azure Resource Manager answers it, made into the body of a PUT of this app. The wire format is the same; what
// only says how Azure Service Connector cleans up, and what an answer never has whole (credentials), is left out.
// https://learn.microsoft.com/rest/api/servicelinker/linker/get
import { type Fields, fieldOf, isFields } from './fields.ts'

export type ImportedBody = {
  readonly body: { readonly properties: Fields }
  /** Fields with content that mean nothing here. Rules of firewalls stay as they are: the app adds its own. */
  readonly leftOut: readonly string[]
}

/** Of answers only. */
const answered = ['provisioningState', 'kubernetesResourceName']
const withoutMeaning: Readonly<Record<string, readonly string[]>> = {
  authInfo: ['deleteOrUpdateBehavior'],
  publicNetworkSolution: ['deleteOrUpdateBehavior', 'firewallRules'],
  configurationInfo: ['deleteOrUpdateBehavior'],
}
/** A reference to a Key Vault comes back; of any other secret at most its kind does. */
const credentials: Readonly<Record<string, (value: unknown) => boolean>> = {
  secret: () => true,
  certificate: () => true,
  secretInfo: (value) => !isFields(value) || !String(fieldOf(value, 'secretType')).startsWith('keyVaultSecret'),
}

/** `transport`: as `kubernetesTransport` of a PUT. */
export function importedBody(properties: Fields, transport?: string): ImportedBody {
  const leftOut: string[] = []
  const fields = Object.entries(properties).flatMap(([name, value]): [string, unknown][] => {
    const shown = isFields(value) ? within(name, value, leftOut) : value
    return answered.includes(name) || !hasContent(shown) ? [] : [[name, shown]]
  })
  const whole = transport === undefined ? fields : [...fields, ['kubernetesTransport', transport] as const]
  return { body: { properties: Object.fromEntries(whole) }, leftOut }
}

function within(name: string, value: Fields, leftOut: string[]): Fields {
  const kept = Object.entries(value).filter(([field, content]) => {
    if (!hasContent(content)) return false
    if (name === 'authInfo' && Object.hasOwn(credentials, field) && credentials[field]?.(content)) return false
    const isMeant = !(Object.hasOwn(withoutMeaning, name) && withoutMeaning[name]?.includes(field))
    if (!isMeant) leftOut.push(`${name}.${field}`)
    return isMeant
  })
  return Object.fromEntries(kept)
}

/** Azure writes `null` for what is not there, and objects that have nothing else. */
const hasContent = (value: unknown): boolean =>
  value !== undefined && value !== null && (typeof value !== 'object' || Array.isArray(value) || Object.values(value).some(hasContent))
