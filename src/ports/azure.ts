// What of Azure steps may reach: Azure Resource Manager, managed identities, and the Key Vault of the app. Types only.

import type { Secret } from '../model/secret.ts'
import type { SecretRef } from '../model/secret-ref.ts'

/** A written resource. `operation`: the absolute poll URL if the write continues as a long-running operation. */
export type Written = { readonly body: unknown; readonly operation?: string; readonly retryAfterMs?: number }

export type OperationState =
  | { readonly state: 'running'; readonly retryAfterMs?: number }
  /** Done, or no longer known (404): observing tells the rest. */
  | { readonly state: 'done' }
  | { readonly state: 'failed'; readonly code: string; readonly message: string }

/** Azure Resource Manager, raw JSON: the SDKs drop fields that they do not know (docs/azure-behaviour.md#sdks-drop-unknown-fields). All methods throw `Failure`. */
export interface Arm {
  /** `undefined` = ResourceNotFound or ResourceGroupNotFound; a 403 or any other refusal throws and never looks like absence. */
  get(id: string, apiVersion: string): Promise<Readonly<Record<string, unknown>> | undefined>
  /** All pages of `value`. `path` may carry a query. */
  list(path: string, apiVersion: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  put(id: string, apiVersion: string, body: unknown, precondition?: { readonly ifMatch: string }): Promise<Written>
  patch(id: string, apiVersion: string, body: unknown): Promise<Written>
  /** POST of an action, e.g. `register`, whose answer is no secret. */
  post(id: string, action: string, apiVersion: string): Promise<Written>
  /** POST of an action that makes a key again. The answer can contain the keys, so nothing of it is read. */
  regenerate(id: string, action: string, apiVersion: string, body: unknown): Promise<Pick<Written, 'operation'>>
  /** Deleting what does not exist is not an error. */
  delete(id: string, apiVersion: string): Promise<Written>
  /** POST of an action that answers a credential, e.g. `listKeys`; without an action the body has it: wrapped at once. */
  secret(id: string, action: string | undefined, apiVersion: string, pick: (answer: unknown) => string): Promise<Secret<string>>
  /** Polls an operation once; only URLs of the app's own ARM host are followed. */
  operation(url: string): Promise<OperationState>
}

export type Identity = {
  readonly id: string
  readonly location: string
  readonly tags: Readonly<Record<string, string>>
  readonly clientId: string
  readonly principalId: string
  readonly tenant: string
}

export type Credential = { readonly name: string; readonly issuer: string; readonly subject: string; readonly audiences: readonly string[] }

/** User-assigned managed identities and their federated credentials. All methods throw `Failure`. */
export interface Identities {
  get(id: string): Promise<Identity | undefined>
  create(id: string, location: string, tags: Readonly<Record<string, string>>): Promise<void>
  delete(id: string): Promise<void>
  /** `undefined` = the identity itself does not exist. */
  credentials(id: string): Promise<readonly Credential[] | undefined>
  addCredential(id: string, credential: Credential): Promise<void>
  deleteCredential(id: string, name: string): Promise<void>
}

export type SecretMetadata = {
  readonly tags: Readonly<Record<string, string>>
  readonly versions: readonly string[]
  readonly newest?: string
}

/** Secrets that authors provide, in the Key Vault of the app. `observe` does not read their values. All methods throw `Failure`. */
export interface Vault {
  /** `newest`: of the versions that are enabled. */
  metadata(id: string): Promise<SecretMetadata | undefined>
  read(secret: SecretRef): Promise<Secret<string>>
  /** Deleting what does not exist is not an error. Key Vault keeps it, recoverable, for the vault's retention time. */
  delete(id: string): Promise<void>
  /** `false`: there is none to recover. */
  recover(id: string): Promise<boolean>
}
