// Parameters of queries.
import { badRequest } from './answers.ts'

/** @throws Refusal */
export function numberIn(
  params: URLSearchParams,
  name: string,
  { from, to, otherwise }: { readonly from: number; readonly to: number; readonly otherwise: number },
): number {
  const text = params.get(name)
  if (text === null) return otherwise
  const number = Number(text)
  if (text.trim() !== '' && Number.isInteger(number) && number >= from && number <= to) return number
  throw badRequest('InvalidQuery', `${name} must be a whole number from ${from} to ${to}.`)
}
