// A firewall rule with which the app lets itself in for a while (docs/adr/0094-let-in-for-a-round.md), known by its name. It goes soon, so that no one else can
// count on the address that it lets in.
import type { Key } from '../model/loop.ts'
import type { Firewall, Rule } from '../targets/firewall/firewall.ts'

/** The identity for whose users it is. `undefined`: it is another rule. */
export function passingFor({ ip, name = '' }: Rule, { nameOf }: Pick<Firewall, 'nameOf'>, installation: string): Key | undefined {
  const [, key] = /_([a-z2-7]{26})_/.exec(name) ?? []
  return key !== undefined && name === nameOf?.(installation, ip, key) ? (key as Key) : undefined
}
