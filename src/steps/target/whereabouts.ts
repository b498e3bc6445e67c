// Where a resource is that is not at its id any more. A move to another group or subscription changes the id and keeps the rest, the firewall rules of
// the app included: what a connection opened must be closed there, even if it is never declared for the new id.
import { Failure } from '../../errors/failure.ts'
import { loop as loopOf } from '../../model/loop.ts'
import { sameId } from '../../model/resource-id.ts'
import type { View } from '../../model/view.ts'
import { nameOf } from '../../model/words.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Resource } from '../../targets/resource.ts'

/**
 * The id that it has now. `undefined`: it does not exist any more, or another loop looks after it there. Throws `Failure` while Azure contradicts
 * itself.
 */
export async function movedTo(
  { loop, facts: { createdAt } }: View<'target'>,
  resource: Resource,
  ports: Pick<Ports, 'arm' | 'namesakes' | 'isServed'>,
): Promise<string | undefined> {
  const name = nameOf(loop)
  const listed = await ports.namesakes(loop.id)
  if (listed.some((id) => sameId(id, loop.id)))
    throw new Failure({ class: 'transient', code: 'StillListed', about: { resource: name, doing: `find ${name}` } })
  if (createdAt === undefined) return undefined
  for (const id of listed) {
    const body = await ports.arm.get(id, resource.apiVersion)
    if (body && resource.read(body).createdAt === createdAt) return (await ports.isServed(loopOf('target', id))) ? undefined : id
  }
  return undefined
}
