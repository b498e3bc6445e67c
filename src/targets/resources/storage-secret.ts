// What the Secrets of a storage account's services share.
import { type Expression, resourceName, withCredential } from '../secret-table.ts'

/** Accounts with an endpoint in their own DNS zone (`….z12.queue.storage.azure.net`) cannot be addressed by name and suffix. */
export function connectionString(service: 'blob' | 'queue' | 'table' | 'file'): Expression {
  const word = service.charAt(0).toUpperCase() + service.slice(1)
  return withCredential((key, of) => {
    const { endpoint } = of.service
    const account = resourceName(of)
    const { hostname } = new URL(endpoint)
    const usual = `${account.toLowerCase()}.${service}.`
    const place = hostname.startsWith(usual) ? `EndpointSuffix=${hostname.slice(usual.length)}` : `${word}Endpoint=${endpoint}`
    return `DefaultEndpointsProtocol=https;AccountName=${account};AccountKey=${key};${place}`
  })
}

/**
 * The refusal of a token without the role; `AuthorizationFailure` is the firewall:
 * https://learn.microsoft.com/troubleshoot/azure/azure-storage/blobs/authentication/storage-troubleshoot-403-errors
 */
export const isRoleMissing = ({ status, error }: { readonly status: number; readonly error: string }): boolean =>
  status === 403 && error === 'AuthorizationPermissionMismatch'

export const tokenScope = 'https://storage.azure.com/.default'
