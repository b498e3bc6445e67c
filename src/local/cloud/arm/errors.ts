// What ARM and its resource providers answer when they refuse. Two shapes exist: ARM's envelope `{error:{code,message}}`, and AKS's own
// flat body without it (https://github.com/Azure/AKS/issues show both).

import type { CloudResponse } from '../http.ts'

export class ArmError extends Error {
  readonly response: CloudResponse
  readonly code: string
  constructor(code: string, message: string, response: CloudResponse) {
    super(message)
    this.code = code
    this.response = response
  }
}

/** ARM's envelope. `more` lands beside code and message. */
export function refuse(status: number, code: string, message: string, more: object = {}, headers: Record<string, string> = {}): ArmError {
  const cause = status === 404 ? { 'x-ms-failure-cause': 'gateway' } : {}
  return new ArmError(code, message, { status, headers: { ...cause, ...headers }, body: { error: { code, message, ...more } } })
}

/** AKS's flat body. */
export function refuseFlat(status: number, code: string, message: string, subcode = '', details: unknown = null): ArmError {
  return new ArmError(code, message, { status, headers: { 'x-ms-failure-cause': 'service' }, body: { code, details, message, subcode } })
}

export const resourceNotFound = (type: string, name: string, group: string): ArmError =>
  refuse(
    404,
    'ResourceNotFound',
    `The Resource '${type}/${name}' under resource group '${group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  )

export const groupNotFound = (group: string): ArmError =>
  refuse(404, 'ResourceGroupNotFound', `Resource group '${group}' could not be found.`)

export const authorizationFailed = (
  client: { readonly appid: string; readonly oid: string },
  action: string,
  scope: string,
  conditional: boolean,
): ArmError =>
  refuse(
    403,
    'AuthorizationFailed',
    `The client '${client.appid}' with object id '${client.oid}' does not have authorization${
      conditional ? ' or an ABAC condition not fulfilled' : ''
    } to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  )
