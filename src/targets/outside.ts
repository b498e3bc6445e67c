// The contract of a server outside of Azure, which is known by its endpoint only: nothing of it is read, opened, granted or renewed, and the Secret of a
// connection is all that is made. docs/adr/0034-targets-without-an-arm-id.md
import type { EndpointService, EndpointTarget } from '../model/endpoint-target.ts'
import type { ServiceFacts } from '../model/facts.ts'
import type { Expression } from './secret-table.ts'

export interface Outside {
  readonly endpoint: EndpointService
  /** For people: `Kafka cluster`. */
  readonly label: string
  /** The ARM type of the organization under which it is sold, in lower case. Such a resource does not tell where the server is. */
  readonly soldAs?: string
}

/** Parsed as a URL whatever its author wrote: `https://` may be missing, and there is no port of its own. */
export const serviceAt = ({ endpoint }: Pick<EndpointTarget, 'endpoint'>): ServiceFacts => ({
  endpoint: `server://${endpoint.replace(/^https:\/\//i, '')}`,
})

/** `<host>:<port>`. */
export const address =
  (port: number): Expression =>
  ({ service }) => {
    const url = new URL(service.endpoint)
    return `${url.hostname}:${url.port || port}`
  }

/** `https://<host>`, with its port where it has one. */
export const httpsAddress: Expression = ({ service }) => `https://${new URL(service.endpoint).host}`
