// `sc rotate`: both keys of a connection's target are renewed, one after the other. That takes as long as both have to work, so it is not waited for unless
// it is told to.
import { clusterOption, wordsOf } from '../arguments.ts'
import type { Command } from '../command.ts'
import { clusterOf, linkerPath } from '../place.ts'
import { ended } from './changes.ts'
import { timeoutOption } from './connections.ts'

export const rotate: Command = {
  name: 'rotate',
  about: "Rotates the keys of a connection's target, for all connections that use them",
  words: '<name>',
  options: {
    ...clusterOption,
    'overlap-minutes': {
      value: '<minutes>',
      about: 'how long both keys work, so that pods can be restarted; a day unless the app is set otherwise',
    },
    wait: { about: 'wait until the former key has ended' },
    ...timeoutOption,
  },
  examples: ['sc rotate photos --overlap-minutes 60'],
  async run(session) {
    const { api, given } = session
    const [name = ''] = wordsOf(given, '<name>')
    const overlap = given.text('overlap-minutes')
    const query = overlap === undefined ? '' : `&overlapMinutes=${encodeURIComponent(overlap)}`
    const { headers } = await api.call('POST', `${linkerPath(clusterOf(session), name, '/rotate')}${query}`)
    if (!given.has('wait'))
      return {
        data: { name, status: 'Updating', operation: headers.get('azure-asyncoperation') },
        text: `The keys are being rotated. Restart the pods once the Secret has the new one; sc show ${name} says until when the former one works.`,
      }
    const { status, properties } = await ended(session, headers)
    const isDone = status === 'Succeeded'
    return {
      data: { name, status, ...(properties ? { properties } : {}) },
      text: isDone ? 'The keys are rotated, and the former one has ended.' : `The rotation ended as ${status}: sc show ${name}`,
      ...(isDone ? {} : { exit: 'failed' as const }),
    }
  },
}
