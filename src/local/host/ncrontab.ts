// NCRONTAB, the six fields of a timer trigger: second minute hour day month day-of-week. UTC; both day fields must fit.
// https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions

import { timeSpan } from './settings.ts'

export type Schedule = {
  /** The first occurrence after `time`. */
  next(time: number): number
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

type Field = { readonly name: string; readonly from: number; readonly to: number; readonly names?: readonly string[] }
const fields: readonly Field[] = [
  { name: 'second', from: 0, to: 59 },
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day', from: 1, to: 31 },
  { name: 'month', from: 1, to: 12, names: monthNames },
  { name: 'day of week', from: 0, to: 6, names: dayNames },
]

const parseField = (text: string, { name, from, to, names }: Field): ReadonlySet<number> => {
  const number = (word: string): number => {
    const named = names?.indexOf(word.toLowerCase().slice(0, 3)) ?? -1
    const value = named >= 0 ? named + from : /^\d+$/.test(word) ? Number(word) : Number.NaN
    if (!(value >= from && value <= to)) throw new Error(`'${word}' is no ${name} (${from}-${to}) in the schedule`)
    return value
  }
  const values = new Set<number>()
  for (const part of text.split(',')) {
    const [range = '', step] = part.split('/')
    const [first = '', last] = range.split('-')
    const start = first === '*' ? from : number(first)
    const end = first === '*' ? to : last !== undefined ? number(last) : step !== undefined ? to : start
    const by = step === undefined ? 1 : Number(step)
    if (!Number.isInteger(by) || by < 1) throw new Error(`'${part}' has no valid step in the ${name} of the schedule`)
    for (let value = start; value <= end; value += by) values.add(value)
  }
  return values
}

const cron = (words: readonly string[]): Schedule => {
  const sets = fields.map((field, at) => parseField(words[at] ?? '', field))
  const has = (at: number, value: number): boolean => sets[at]?.has(value) ?? false
  return {
    next(time) {
      const at = new Date(Math.floor(time / 1000) * 1000 + 1000)
      const limit = at.getTime() + 5 * 366 * 24 * 3_600_000
      while (at.getTime() <= limit) {
        if (!has(4, at.getUTCMonth() + 1)) at.setTime(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1))
        else if (!has(3, at.getUTCDate()) || !has(5, at.getUTCDay()))
          at.setTime(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate() + 1))
        else if (!has(2, at.getUTCHours())) at.setUTCHours(at.getUTCHours() + 1, 0, 0)
        else if (!has(1, at.getUTCMinutes())) at.setUTCMinutes(at.getUTCMinutes() + 1, 0)
        else if (!has(0, at.getUTCSeconds())) at.setUTCSeconds(at.getUTCSeconds() + 1)
        else return at.getTime()
      }
      throw new Error(`The schedule '${words.join(' ')}' never comes`)
    },
  }
}

/** Six fields, five (then second is 0), or a time span between runs. */
export const parseSchedule = (text: string): Schedule => {
  const words = text.trim().split(/\s+/)
  if (words.length === 6) return cron(words)
  if (words.length === 5) return cron(['0', ...words])
  const every = timeSpan(text.trim())
  return { next: (time) => time + every }
}
