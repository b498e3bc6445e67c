// Which connection the path of a request means.
import { connectionNameRule, isConnectionName } from '../../declare/connection-fields.ts'
import { linkerId } from '../../model/connection.ts'
import { type Loop, loop } from '../../model/loop.ts'
import { resourceId } from '../../model/resource-id.ts'
import { sanitize } from '../../model/validation-issue.ts'
import { Refusal } from '../http/answers.ts'

/** @throws Refusal */
export function linkerLoop(cluster: string, name: string): Loop<'connection'> {
  refuseBadName(name)
  return loop('connection', linkerId(cluster, name))
}

/** @throws Refusal */
export function refuseBadName(name: string): void {
  if (!isConnectionName(name)) throw invalidName(name)
}

const invalidName = (name: string): Refusal =>
  new Refusal(400, {
    code: 'InvalidResourceName',
    message: `'${sanitize(name)}' is not a valid name of a connection. Write ${connectionNameRule}.`,
  })

export const noSuchLinker = (cluster: string, name: string): Refusal =>
  isConnectionName(name)
    ? new Refusal(404, {
        code: 'ResourceNotFound',
        message: `There is no connection '${name}' on the cluster ${resourceId(cluster).name}.`,
      })
    : invalidName(name)
