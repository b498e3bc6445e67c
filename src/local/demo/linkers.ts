// Connections as the connector shows them over HTTP.

import { type Connection, linkerPath } from './places.ts'
import { type DemoSetup, must } from './setup.ts'

export type Entry = {
  readonly loop: string
  readonly step: string
  readonly outcome: string
  readonly changed: readonly string[]
  readonly waitsFor: readonly string[]
  readonly problems: readonly { readonly code: string; readonly text: string; readonly remediation: string }[]
}
export type Linker = {
  readonly name: string
  readonly properties: {
    readonly provisioningState: string
    readonly kubernetesResourceName: { readonly secret: string; readonly serviceAccount?: string }
    readonly problems: readonly { readonly code: string; readonly message: string }[]
    readonly timeline: readonly Entry[]
  }
}

/** With its timeline; `undefined` = there is none. */
export async function linkerOf({ fleet, ada }: DemoSetup, connection: Connection): Promise<Linker | undefined> {
  const { status, body } = await ada.connector('GET', linkerPath(fleet, connection))
  if (status === 404) return undefined
  must(status === 200, `GET of the connection ${connection.name} answered ${status}: ${JSON.stringify(body)}`)
  return body as Linker
}

export async function connectionNames({ ada }: DemoSetup): Promise<readonly string[]> {
  const { status, body } = await ada.connector('GET', '/connections')
  must(status === 200, `GET /connections answered ${status}: ${JSON.stringify(body)}`)
  return (body as { readonly value: readonly { readonly name: string }[] }).value.map(({ name }) => name)
}
