// The service has no rules: it is open, or closed as a whole.
import { type Body, type Firewall, propertiesOf } from './firewall.ts'

type Data = { readonly apiVersion: string; isClosed(properties: Body): boolean }

export const none = ({ apiVersion, isClosed }: Data): Firewall => ({
  max: 0,
  observe: (id) => [{ id, apiVersion }],
  rules: () => [],
  network: ([body]) => ({ network: isClosed(propertiesOf(body)) ? 'closed' : 'open' }),
  write: () => [],
})
